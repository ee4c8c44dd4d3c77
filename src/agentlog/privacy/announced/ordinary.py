"""Ordinary words: what stands beside personal keys and is nobody, and names that are words or places as well.

`GENERIC` values are placeholders, types, roles and words of forms and schemas: they stay. `ORDINARY` names are replaced where a key
announces them, but not looked for elsewhere, where they may mean something else.
"""

_GENERIC = """
string str text char varchar charfield textfield emailfield unicode integer int float number numeric boolean bool object array
list dict date datetime timestamp any optional union field column null none nil true false undefined nan n/a na unknown anonymous
anon required default empty blank missing test testing tester example sample demo dummy fake mock placeholder foo bar baz foobar
qux spam eggs ham user users username user1 user2 testuser test_user admin administrator root guest system nobody daemon bot
assistant agent tool human me you self owner member customer client person people name names first last firstname lastname
fullname surname given family email mail e-mail phone address city zip street login password account id value key title type label
input output asc desc ascending descending yes no on off other others male female new old doe your enter please the this a an is
are not if provide provided valid invalid error unique hidden redacted masked xxx xxxx todo tbd get set post put add update delete
create select from where and or in to of for with as by mr mrs ms dr info support contact noreply no-reply postmaster webmaster
hostmaster postgres mysql mongodb redis sa oracle git github gitlab ubuntu debian node python java public private local localhost
remote server app api web www service worker runner jenkins docker vagrant ftp http https ssh content data description message
comment note notes status state country region details information code personal business home work mobile primary secondary main
basic bearer token session string? str? text?
user_name user_id userid user-id first_name last_name someone somebody anybody everyone all
vorname nachname mustermann nom prenom nombre apellido cognome nome
"""
_GENERIC_PHRASES = """
first name
last name
full name
your name
my name
label text
john doe
jane doe
foo bar
none of the above
not provided
not specified
max mustermann
erika mustermann
mario rossi
jean dupont
"""
_INVENTED = """
alice bob eve mallory joe fred jdoe johndoe john.doe janedoe jane.doe joebloggs john_doe jane_doe john jane joebloggs
"""
_ORDINARY = """
will may mark grace rose hope faith joy art bill rob june april august summer autumn dawn young long brown green white black gray
grey king price rich case page day best love bush stone wood woods hill hills lake ford cook mason hunter chase grant frank pat
sue guy dean miles penny ruby pearl crystal python chance star sky max min see ivy olive violet iris lily daisy heather holly
ginger basil sage jasmine angel christian earl duke prince bishop pope abbot knight judge major sergeant marshal porter fox wolf
bird crow hawk swan fish bass pike frost snow rain storm winter winters spring field fields river rivers brook banks forest glen
dale heath marsh west east north south church temple park parks street lane castle hall house kitchen bell ball bond cash bank
sterling gold silver golden diamond jade amber sandy rocky cliff glass cotton wise bright sharp strong small little short power
powers rush sweet merry noble savage blue rusty dusty rice berry cherry apple lemon plum blade lance gene chip bud colt skip tag
rod melody harmony song bugle mercy patience prudence charity constance destiny genesis eden haven journey legacy liberty justice
honor royal minor senior junior golf economy business first cabin class flight check hotel order ticket main next call test user
name data model agent code string state table list set key value new old good great even just over under each every any some many
more most such an do so in on at to by my he she it we us austin dallas houston chicago jackson paris charlotte denver sydney
florence victoria madison savannah phoenix orlando lincoln washington jordan chad india china georgia virginia carolina israel
kenya columbus brooklyn london milan vienna sofia geneva berlin hamburg lima santiago san diego antonio francisco jose cairo asia
africa america europe france spain ireland holland england britain wales troy rome delhi cuba malta cyprus montana dakota nevada
kansas cleveland raleigh lancaster york bristol kent chester durham newport aurora portland camden newark memphis nashville boston
atlanta miami seattle philadelphia vegas angeles mesa tampa monday tuesday wednesday thursday friday saturday sunday january
february march july september october november december visa mastercard django flask java linux
"""

GENERIC = frozenset(_GENERIC.split()) | frozenset(_GENERIC_PHRASES.split("\n"))
INVENTED = frozenset(_INVENTED.split())
"""Logins of examples."""
ORDINARY = frozenset(_ORDINARY.split())
