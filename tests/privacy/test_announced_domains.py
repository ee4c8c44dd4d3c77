"""Tool outputs of many domains: what is somebody's goes by its keys, what is a fact stays, however the object is written."""

import json
from typing import Any

import pytest

from agentlog.privacy.announced import recognisers
from agentlog.privacy.detector import Detector
from agentlog.privacy.json_value import leaves
from agentlog.privacy.text import Text

DETECTOR = Detector(recognisers(("en",)))
SIBLINGS = {"hr": {"Ana Ruiz"}, "mail": {"Ana Ruiz", "Noah Ito"}}
"""In a JSON value only the keys above a text are known, not those beside it: such a ``name`` is found in texts alone."""
CASES: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "retail order": (
        {
            "order_id": "#W2611340",
            "user_id": "ana_ruiz_4421",
            "customer": {"first_name": "Ana", "last_name": "Ruiz", "email": "ana.ruiz@corp.io"},
            "shipping_address": {"street": "975 Sunset Drive", "city": "Austin", "state": "TX", "zip": "78750", "country": "USA"},
            "billing_address": "12 Elm Street, Apt 4, Houston, TX 77001",
            "recipient": "Ana Ruiz",
            "items": [
                {
                    "name": "Desk Lamp",
                    "product_id": "6817146515",
                    "item_id": "1008292230",
                    "price": 132.5,
                    "options": {"color": "black", "size": "15 inch"},
                }
            ],
            "fulfillments": [{"tracking_id": ["357962501027"]}],
            "payment_history": [{"transaction_type": "payment", "amount": 132.5, "payment_method_id": "credit_card_4421486"}],
            "status": "delivered",
        },
        [
            "ana_ruiz_4421",
            "Ana",
            "Ruiz",
            "ana.ruiz@corp.io",
            "975 Sunset Drive",
            "Austin",
            "78750",
            "12 Elm Street, Apt 4, Houston, TX 77001",
            "Ana Ruiz",
            "credit_card_4421486",
        ],
        ["#W2611340", "Desk Lamp", "6817146515", "1008292230", "black", "delivered", "payment", "15 inch"],
    ),
    "shipping lines": (
        {
            "shipping": {
                "name": "Ana Ruiz",
                "address": {"line1": "975 Sunset Drive", "line2": "Apt 4", "city": "Austin", "postal_code": "78750"},
                "phone": "+1 415 265 3890",
                "carrier": "UPS",
            },
            "status": "paid",
        },
        ["Ana Ruiz", "975 Sunset Drive", "Apt 4", "Austin", "78750", "+1 415 265 3890"],
        ["UPS", "paid"],
    ),
    "banking": (
        {
            "account_holder": "Ana Ruiz",
            "iban": "DE44500105175407324931",
            "bic": "INGDDEFFXXX",
            "sort_code": "20-41-55",
            "account_number": "88213377",
            "routing_number": "021000021",
            "beneficiary": {"name": "Noah Ito", "iban": "GB29NWBK60161331926819"},
            "transactions": [
                {
                    "id": "txn_1",
                    "counterparty": "Mia Li",
                    "counterparty_name": "Mia Li",
                    "amount": 120.5,
                    "currency": "EUR",
                    "booking_date": "2024-05-20",
                    "merchant": "Blue Bottle Coffee",
                }
            ],
            "card": {"last4": "4242", "brand": "visa", "name_on_card": "Ana Ruiz"},
        },
        ["Ana Ruiz", "DE44500105175407324931", "20-41-55", "88213377", "021000021", "Noah Ito", "GB29NWBK60161331926819", "Mia Li"],
        ["EUR", "2024-05-20", "Blue Bottle Coffee", "visa", "INGDDEFFXXX"],
    ),
    "health": (
        {
            "patient": "Ana Ruiz",
            "patient_name": "Ana Ruiz",
            "mrn": "MRN0048213",
            "nhs_number": "943 476 5919",
            "insurance_id": "XQH882133774",
            "date_of_birth": "1990-04-05",
            "attending_physician": "Dr. Noah Ito",
            "diagnosis": "Type 2 Diabetes",
            "code": "E11.9",
            "medication": "Metformin 500 mg",
            "admitted": "2024-05-20",
            "blood_type": "A positive",
            "room": "214",
        },
        ["Ana Ruiz", "MRN0048213", "943 476 5919", "XQH882133774", "1990-04-05", "Noah Ito"],
        ["Type 2 Diabetes", "E11.9", "Metformin 500 mg", "2024-05-20", "A positive"],
    ),
    "hr": (
        {
            "employee_id": "E10482",
            "name": "Ana Ruiz",
            "email": "ana.ruiz@corp.io",
            "title": "Staff Engineer",
            "department": "Data Platform",
            "salary": 184000,
            "manager": "Noah Ito",
            "hire_date": "2019-03-01",
            "emergency_contact": {"name": "Mia Li", "phone": "415-265-3890", "relationship": "spouse"},
            "national_insurance_number": "QQ123456C",
        },
        ["E10482", "Ana Ruiz", "ana.ruiz@corp.io", "Noah Ito", "Mia Li", "415-265-3890"],
        ["Staff Engineer", "Data Platform", "2019-03-01", "spouse"],
    ),
    "tickets": (
        {
            "id": 48213,
            "subject": "Printer on fire",
            "requester": {"name": "Ana Ruiz", "email": "ana.ruiz@corp.io"},
            "assignee": "Noah Ito",
            "reporter": "Mia Li",
            "cc": ["Eva Stone <eva.stone@corp.io>"],
            "priority": "high",
            "status": "open",
            "component": "Print Server",
            "created_at": "2024-05-20T10:00:00Z",
            "comments": [{"author": "Noah Ito", "body": "Looking into it"}],
        },
        ["Ana Ruiz", "ana.ruiz@corp.io", "Noah Ito", "Mia Li"],
        ["Printer on fire", "high", "open", "Print Server", "Looking into it"],
    ),
    "jira": (
        {
            "key": "OPS-12",
            "fields": {
                "assignee": {"displayName": "Ana Ruiz", "emailAddress": "ana.ruiz@corp.io", "accountId": "5b10a2844c20165700ede21g"},
                "reporter": {"displayName": "Noah Ito", "name": "nito42"},
                "project": {"name": "Ops Team", "key": "OPS"},
                "status": {"name": "In Progress"},
                "issuetype": {"name": "Bug"},
                "priority": {"name": "Major"},
            },
        },
        ["Ana Ruiz", "ana.ruiz@corp.io", "5b10a2844c20165700ede21g", "Noah Ito", "nito42"],
        ["OPS-12", "Ops Team", "In Progress", "Bug", "Major"],
    ),
    "calendar": (
        {
            "summary": "Budget Review",
            "organizer": {"displayName": "Ana Ruiz", "email": "ana.ruiz@corp.io"},
            "attendees": ["Noah Ito", "Mia Li"],
            "participants": [{"name": "Eva Stone", "response": "accepted"}],
            "start": {"dateTime": "2024-05-20T10:00:00Z"},
            "location": "Room Blue Whale",
        },
        ["Ana Ruiz", "ana.ruiz@corp.io", "Noah Ito", "Mia Li", "Eva Stone"],
        ["Budget Review", "accepted", "Room Blue Whale"],
    ),
    "mail": (
        {
            "from": {"name": "Ana Ruiz", "address": "ana.ruiz@corp.io"},
            "to": [{"name": "Noah Ito", "email": "noah.ito@corp.io"}],
            "subject": "Quarterly Numbers",
            "date": "2024-05-20",
            "folder": "Inbox",
        },
        ["Ana Ruiz", "Noah Ito", "noah.ito@corp.io"],
        ["Quarterly Numbers", "2024-05-20", "Inbox"],
    ),
    "slack": (
        {
            "ok": True,
            "user": {
                "id": "U02ABCDEF12",
                "name": "aruiz88",
                "real_name": "Ana Ruiz",
                "profile": {
                    "real_name_normalized": "Ana Ruiz",
                    "display_name": "Ana",
                    "first_name": "Ana",
                    "last_name": "Ruiz",
                    "phone": "4152653890",
                    "title": "Data Wrangler",
                },
            },
            "channel": {"name": "general"},
        },
        ["aruiz88", "Ana Ruiz", "Ana", "Ruiz", "4152653890"],
        ["Data Wrangler", "general"],
    ),
    "github": (
        {
            "sha": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d",
            "commit": {
                "author": {"name": "Ana Ruiz", "email": "ana.ruiz@corp.io", "date": "2024-05-20"},
                "committer": {"name": "Ana Ruiz", "email": "ana.ruiz@corp.io"},
                "message": "Fix Parser",
            },
            "author": {"login": "anaruiz88", "id": 48213377, "type": "User", "site_admin": False},
            "base": {"repo": {"name": "parser", "full_name": "octo-org/parser", "owner": {"login": "octo-org", "type": "Organization"}}},
        },
        ["Ana Ruiz", "ana.ruiz@corp.io", "anaruiz88"],
        ["Fix Parser", "parser", "octo-org/parser", "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"],
    ),
    "telco": (
        {
            "msisdn": "+491711234789",
            "imsi": "262017812345669",
            "imei": "490154203237518",
            "iccid": "8949017111234567895",
            "plan": "Unlimited Plus",
            "contract_holder": "Ana Ruiz",
            "data_used_gb": 12.5,
        },
        ["+491711234789", "262017812345669", "490154203237518", "8949017111234567895", "Ana Ruiz"],
        ["Unlimited Plus"],
    ),
    "vehicles": (
        {
            "vin": "1HGCM82633A004352",
            "license_plate": "7ABC123",
            "registration_number": "AB12 CDE",
            "make": "Honda",
            "model": "Accord LX",
            "year": 2003,
            "owner": "Ana Ruiz",
            "owner_name": "Ana Ruiz",
            "driver": {"name": "Noah Ito", "license_number": "D1234567"},
        },
        ["1HGCM82633A004352", "7ABC123", "AB12 CDE", "Ana Ruiz", "Noah Ito"],
        ["Honda", "Accord LX"],
    ),
    "hotel": (
        {
            "reservation_id": "8JX2WO",
            "guest_name": "Ana Ruiz",
            "guests": [{"name": "Ana Ruiz", "age": 34}, {"name": "Noah Ito", "age": 36}],
            "hotel": {"name": "Grand Plaza", "city": "Austin", "stars": 4},
            "check_in": "2024-05-20",
            "room_type": "Double Deluxe",
            "loyalty_number": "HH88213377",
        },
        ["Ana Ruiz", "Noah Ito", "HH88213377"],
        ["8JX2WO", "Grand Plaza", "Austin", "2024-05-20", "Double Deluxe"],
    ),
    "crm": (
        {
            "contact": {
                "full_name": "Ana Ruiz",
                "job_title": "Head of Data",
                "mobile": "+44 7700 912345",
                "linkedin": "https://www.linkedin.com/in/ana-ruiz-88213",
            },
            "account": {"name": "Acme Corp", "industry": "Retail"},
            "lead": {"name": "Noah Ito", "company": "Initech"},
            "owner": {"name": "Mia Li"},
            "deal": {"name": "Acme Renewal", "stage": "Won"},
        },
        ["Ana Ruiz", "+44 7700 912345", "Mia Li"],
        ["Acme Corp", "Retail", "Initech", "Acme Renewal", "Won"],
    ),
    "school": (
        {
            "student": {"name": "Ana Ruiz", "student_id": "S8821337", "grade": "B plus"},
            "teacher": "Noah Ito",
            "parent_name": "Mia Li",
            "guardian": "Eva Stone",
            "course": {"name": "Linear Algebra", "code": "MATH 201"},
        },
        ["Ana Ruiz", "S8821337", "Noah Ito", "Mia Li", "Eva Stone"],
        ["Linear Algebra", "MATH 201", "B plus"],
    ),
    "insurance": (
        {
            "policy_number": "PN-882133-77",
            "claim_number": "CLM-2024-0091",
            "policyholder": "Ana Ruiz",
            "insured": {"name": "Ana Ruiz"},
            "claimant": "Noah Ito",
            "adjuster": "Mia Li",
            "vehicle": {"make": "Ford", "model": "Focus Titanium"},
        },
        ["PN-882133-77", "Ana Ruiz", "Noah Ito", "Mia Li"],
        ["Focus Titanium"],
    ),
    "files": (
        {
            "name": "Annual Report",
            "path": "/srv/reports/annual.pdf",
            "owner": "root",
            "size": 48213,
            "type": "file",
            "author": "unknown",
            "address": "0x7ffee4c0",
        },
        [],
        ["Annual Report", "root", "file"],
    ),
    "tools": (
        {
            "name": "get_user_details",
            "description": "Get User Details",
            "parameters": {
                "type": "object",
                "properties": {
                    "user_id": {"type": "string", "description": "The user id"},
                    "email": {"type": "string", "format": "email"},
                    "patient": {"type": "string"},
                },
                "required": ["user_id"],
            },
        },
        [],
        ["get_user_details", "Get User Details", "The user id", "string"],
    ),
    "football": (
        {
            "team": {"name": "Red Rovers", "manager": "Noah Ito", "city": "Leeds"},
            "match": {"home": "Red Rovers", "away": "Blue United"},
            "player": {"name": "Ana Ruiz"},
        },
        [],
        ["Red Rovers", "Leeds", "Blue United"],
    ),
    "cloud": (
        {
            "instance_id": "i-0abcd1234efgh5678",
            "owner_id": "self",
            "manager": "systemd",
            "user": "ubuntu",
            "account": "prod",
            "host": "db-1",
            "region": "us-east-1",
            "address": "10.0.0.5",
            "contact": "ops",
            "driver": "postgresql",
            "client": "curl",
            "agent": "Mozilla Firefox",
            "recipient": "queue-1",
            "customer": "internal",
        },
        [],
        ["i-0abcd1234efgh5678", "systemd", "ubuntu", "db-1", "us-east-1", "postgresql", "Mozilla Firefox", "queue-1"],
    ),
}


def in_text(text: str) -> list[str]:
    return [text[span.start : span.end] for span in DETECTOR.find(Text(text))]


def in_value(value: Any) -> list[str]:
    found: list[str] = []
    for leaf in leaves(value):
        if not leaf.is_key:
            spans = [] if leaf.is_number else DETECTOR.every(Text(leaf.text))
            found += [leaf.text[span.start : span.end] for span in (*spans, *DETECTOR.under(leaf.keys, Text(leaf.text)))]
    return found


def unlike(found: list[str], goes: list[str], stays: list[str]) -> list[str]:
    """What is left though it goes, and what goes though it stays."""
    return [one for one in goes if not any(one in value for value in found)] + [
        one for one in stays if any(one in value for value in found)
    ]


@pytest.mark.parametrize("domain", CASES)
def test_in_texts_what_is_somebodys_goes_and_facts_stay(domain: str) -> None:
    value, goes, stays = CASES[domain]
    for text in (json.dumps(value), json.dumps(value, indent=2), json.dumps(json.dumps({"content": value})), repr(value)):
        assert unlike(in_text(text), goes, stays) == []


@pytest.mark.parametrize("domain", CASES)
def test_in_json_values_too(domain: str) -> None:
    value, goes, stays = CASES[domain]
    assert unlike(in_value(value), [one for one in goes if one not in SIBLINGS.get(domain, ())], stays) == []
