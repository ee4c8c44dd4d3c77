"""Words: the names of keys, columns and labels that announce something personal, by language and by what they announce.

Each phrase is written with blanks and with its accents; how keys write it (``first_name``, ``firstName``, ``first-name``) and that accents
are often left out is known to `vocabulary`. A kind that is the name of an entity, such as ``US_SSN``, is that entity.
"""

GIVEN, FAMILY, FULL = "given", "family", "full"
NAME, PERSON_ROLE, PARTY = "name", "role", "party"
EMAIL, PHONE, STREET, STREET_2, ADDRESS, CITY, ZIP, BIRTH = "email", "phone", "street", "street2", "address", "city", "zip", "birth"
LINE, LOGIN, USER, ACCOUNT, CARD, IBAN, ID, PLATE = "line", "login", "user", "account", "card", "iban", "id", "plate"

NAMES = frozenset({GIVEN, FAMILY, FULL, NAME, PERSON_ROLE, PARTY})
ROLES = frozenset({PERSON_ROLE, PARTY})
"""Who stands there may be a person; a party is as often a firm."""

WORDS: dict[str, dict[str, str]] = {
    "en": {
        GIVEN: "first name, given name, forename, middle name, preferred name",
        FAMILY: "last name, family name, surname, maiden name",
        FULL: "full name, legal name, real name, name on card, cardholder, account holder, card holder, contract holder, policy holder, "
        "next of kin, emergency contact",
        NAME: "name, display name",
        PERSON_ROLE: "passenger, patient, traveler, traveller, employee, policyholder, guest, requester, assignee, attendee, claimant, "
        "adjuster, guardian, supervisor, physician, doctor, teacher, applicant, spouse, "
        "caregiver, account manager, line manager, hiring manager, case manager, nurse, therapist, surgeon, attorney, lawyer, assigned to, "
        "approved by, requested by, reviewed by, reported by, signed by",
        PARTY: "customer, recipient, beneficiary, reporter, organizer, organiser, manager, counterparty, insured, owner, driver, tenant, "
        "landlord, payer, payee",
        EMAIL: "email, e mail, mail, email address, e mail address, mail address",
        PHONE: "phone, telephone, mobile, fax, tel, phone number, telephone number, mobile number, fax number, contact number, cell phone, "
        "cell number, phone no, mobile no, mobile phone, home phone, work phone, whatsapp, msisdn",
        STREET: "street, street address, street name, address line, street line, address line one, street line one",
        LINE: "line one, line two",
        STREET_2: "address two, address line two, street two, suite, apartment, apt",
        ADDRESS: "address, addresses, addr, home address, mailing address, postal address, billing address, shipping address, "
        "delivery address, residential address, full address, ship to, deliver to, bill to, i live at",
        CITY: "city, town",
        ZIP: "zip, zip code, zipcode, postal code, postcode, post code, postal",
        BIRTH: "dob, date of birth, birth date, birthdate, birthday, birth day, bday, born",
        LOGIN: "user id, username, user name, user identifier, login, login name, login id, screen name, nickname, user handle, userid, "
        "user login, account name, logname",
        USER: "user, user key",
        ACCOUNT: "customer id, customer number, member id, member number, membership number, membership id, account, account id, "
        "account number, account no, acct number, acct no, bank account, bank account number, payment id, payment method id, "
        "payment method, patient id, patient number, employee id, employee number, staff id, student id, student number, guest id, "
        "passenger id, driver id, subscriber id, person id, cardholder id, loyalty number, loyalty id, frequent flyer number, "
        "frequent flyer, policy number, insurance number, insurance id, medical record number, mrn, badge number, "
        "rewards number, voter id, profile id, tax id, tax number, taxpayer id, tin, national id, national insurance number, id number, "
        "identity number, social insurance number, known traveler number, customer no, member no, applicant id, candidate id, imei, "
        "imsi, iccid, meid, sim number, vin, vehicle identification number, chassis number, alien number, visa number, cpf, curp, "
        "medicare number, medicaid id, health card number, health insurance number, subscriber number, person number, personnel number, "
        "beneficiary id, tenant number, resident id",
        PLATE: "license plate, licence plate, number plate, plate number, registration plate, registration number, vehicle registration, "
        "license plate number, licence plate number",
        CARD: "card number, credit card, credit card number, debit card number, cc number, card no, pan, cardnumber",
        IBAN: "iban, iban number, iban code",
        "US_SSN": "ssn, social security number, social security, social security no",
        "US_ITIN": "itin",
        "US_PASSPORT": "passport, passport number, passport no, passport id",
        "US_DRIVER_LICENSE": "driver license, drivers license, driver license number, drivers license number, driving licence, "
        "driving license, driving licence number, driver licence, license number, licence number, dl number",
        "US_BANK_NUMBER": "routing number, sort code",
        "MEDICAL_LICENSE": "medical license, npi number, dea number",
        "UK_NHS": "nhs number, nhs",
        "UK_NINO": "nino, ni number",
        "IN_AADHAAR": "aadhaar, aadhaar number",
        "SG_NRIC_FIN": "nric",
        "AU_TFN": "tfn",
        ID: "id",
    },
    "de": {
        GIVEN: "vorname, rufname",
        FAMILY: "nachname, familienname, geburtsname, zuname",
        FULL: "vollständiger name, karteninhaber, kontoinhaber, ansprechpartner",
        PHONE: "telefon, telefonnummer, handy, handynummer, mobilnummer, mobiltelefon, rufnummer, festnetz",
        STREET: "straße, strasse, straße und hausnummer",
        ADDRESS: "anschrift, adresse, wohnanschrift, rechnungsadresse, lieferadresse",
        CITY: "ort, stadt, wohnort",
        ZIP: "plz, postleitzahl",
        BIRTH: "geburtsdatum, geburtstag, geboren am, geb datum",
        LOGIN: "benutzername, benutzerkennung, nutzername, anmeldename, benutzer id",
        ACCOUNT: "kundennummer, kunden id, kontonummer, mitgliedsnummer, personalnummer, versichertennummer, versicherungsnummer, "
        "patientennummer, sozialversicherungsnummer, matrikelnummer, rentenversicherungsnummer, krankenversichertennummer",
        "DE_TAX_ID": "steuernummer, steuer id, steueridentifikationsnummer, steuerid",
        "DE_ID_CARD": "ausweisnummer, personalausweis, personalausweisnummer",
        "DE_PASSPORT": "reisepass, reisepassnummer, passnummer",
        "DE_DRIVER_LICENSE": "führerscheinnummer",
    },
    "fr": {
        GIVEN: "prénom, prénoms",
        FAMILY: "nom de famille, nom de naissance, nom de jeune fille",
        FULL: "nom complet, titulaire du compte",
        NAME: "nom",
        EMAIL: "courriel, adresse mail, adresse email, adresse électronique",
        PHONE: "téléphone, téléphone portable, numéro de téléphone, tél, portable",
        STREET: "rue, voie",
        ADDRESS: "adresse, adresse postale, adresse de livraison, adresse de facturation",
        CITY: "ville, commune",
        ZIP: "code postal",
        BIRTH: "date de naissance, date naissance, né le, née le",
        LOGIN: "nom utilisateur, identifiant, utilisateur",
        ACCOUNT: "numéro client, numéro de client, numéro de compte, numéro adhérent, numéro de dossier, numéro fiscal",
        "FR_NIR": "nir, numéro de sécurité sociale, numéro sécurité sociale, numéro insee",
        "FR_PASSPORT": "passeport, numéro de passeport",
    },
    "es": {
        GIVEN: "nombre de pila, primer nombre",
        FAMILY: "apellido, apellidos, primer apellido, segundo apellido",
        FULL: "nombre completo, nombre y apellidos, titular",
        NAME: "nombre",
        EMAIL: "correo, correo electrónico",
        PHONE: "teléfono, móvil, número de teléfono, teléfono móvil, celular",
        STREET: "calle",
        ADDRESS: "dirección, domicilio, dirección postal",
        CITY: "ciudad, localidad",
        ZIP: "código postal",
        BIRTH: "fecha de nacimiento, fecha nacimiento, nacimiento",
        LOGIN: "usuario, nombre de usuario, nombre usuario",
        ACCOUNT: "número de cliente, número de cuenta, número cliente, id cliente, cliente id, número de la seguridad social",
        "ES_NIF": "dni, nif",
        "ES_NIE": "nie",
        "ES_PASSPORT": "pasaporte, número de pasaporte",
    },
    "it": {
        GIVEN: "nome di battesimo",
        FAMILY: "cognome",
        FULL: "nome completo, nome e cognome, intestatario",
        NAME: "nome",
        EMAIL: "posta elettronica, indirizzo email",
        PHONE: "telefono, cellulare, numero di telefono, recapito telefonico",
        STREET: "via",
        ADDRESS: "indirizzo, residenza, domicilio",
        CITY: "città, comune",
        ZIP: "cap, codice postale",
        BIRTH: "data di nascita, data nascita",
        LOGIN: "nome utente, utente",
        ACCOUNT: "codice cliente, numero cliente, numero di conto, numero tessera, tessera sanitaria",
        "IT_FISCAL_CODE": "codice fiscale",
        "IT_VAT_CODE": "partita iva",
        "IT_PASSPORT": "passaporto, numero passaporto",
        "IT_IDENTITY_CARD": "carta identità, carta di identità, numero carta identità",
    },
}

_PERSONS = """
requester assignee reporter organizer organiser creator committer commenter reviewer approver claimant adjuster insured guardian
counterparty mentor manager supervisor colleague landlord caregiver cc bcc
user customer passenger patient guest employee member contact person recipient sender holder cardholder owner buyer seller student
teacher doctor physician nurse traveler traveller driver author candidate applicant subscriber spouse parent father mother child
beneficiary policyholder resident tenant donor volunteer worker staff attendee participant visitor billing shipping payer payee
borrower shopper rider courier insured dependent kunde benutzer passagier patientin mitarbeiter mitglied client utilisateur
passager salarie cliente usuario pasajero paciente empleado utente passeggero paziente dipendente
"""
PERSONS = frozenset(_PERSONS.split())
"""Who can have a name, an id, an address: ``customer_name``, ``"passenger": {"name": …}``."""
_WITH_LOGINS = """
user assignee reporter requester author creator member committer commenter reviewer benutzer utilisateur usuario utente
"""
WITH_LOGINS = frozenset(_WITH_LOGINS.split())
"""Whose ``name`` may be a login."""
