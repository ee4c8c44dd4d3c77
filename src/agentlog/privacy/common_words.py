"""Common words: what is never looked for elsewhere only because it was private in one place.

``{"password": "test"}`` makes ``test`` a secret where it stands, and ``{"last_name": "Import"}`` that a name; in the rest of the session
both mean something else. So it is with the words of everyday text, with those of programming languages and tools, alone or with a short
number behind them (``python3``, ``sha256``, ``admin1``), and with numbers of less than five digits. Names of people that are words as
well are not here: whoever finds a name judges that.
"""

import builtins
import keyword
import re

_LANGUAGES = """
abstract alter and any array assert async await bigint boolean break byte cascade case catch char char class column commit const constraint
continue create cursor database debugger declare default defer del delete desc distinct do double drop else end enum except exists export
extends false final finally float foreach foreign from func function global goto group having if implements import in index inner insert
instanceof int integer interface into is join key lambda left let limit like long match module mut namespace native new nil none nonlocal
not null number object offset or order outer package pass primary private protected public pub raise range record references repeat replace
return returns right rollback schema select self set short signed sizeof static std str string struct super switch synchronized table
template then this throw throws trait transient trigger true try type typedef typeof undefined union unique unless unsafe unsigned until
update use using values varchar var view virtual void volatile when where while with yield echo elif esac exec exit fi printf read readonly
shift source test trap unset alias async console document error event exception exports iter len log main map math nan node option process
promise prototype require result some stderr stdin stdout symbol vec vector window args kwargs init impl crate
"""
_TOOLS = """
admin alpine amd android ansible apache api app apt arm asp atom aws azure bash beta binary bit branch browser build bucket cache cargo
celery check chrome ci cli client cloud cluster cmake cmd code commit config container core cpu cron css csv data deb debian debug demo
deploy dev develop dir disk django docker domain dummy edge elastic email env eslint example fedora field file filter firefox flask flutter
folder form format frontend backend gateway gcc git github gitlab go golang google gpu gradle grafana graph graphql guest gunicorn hash
header helm home host html http https icon id image info input install ios ip item java javascript jenkins job jquery json jwt kafka
kernel kubernetes lang laravel latin layer level lib library linux list load local localhost lock login logout mac macos mail make mariadb
master mcp md memory message meta method microsoft migration mobile mock model mongo mongodb monitor mvn mysql name network nginx nltk note
npm numpy office openai openssl operator oracle output page pandas panel param password path pip pipeline plan player plugin png pod policy
pool port post postgres postgresql prod production profile project prompt proxy pull push pypi pytest python pytorch query queue rabbitmq
rails react redis region release remote repo report request response rest role root route router row ruby rule run runner rust scala
scheduler scheme script sdk search secret server service session setting setup sha shell site slack socket solr spark spring sql sqlite ssd
ssh ssl stack stage staging start state status step stop storage store stream stub style sudo svelte swift sys system tag target task temp
terraform test tester testing text theme thread time tls tmp token tool torch trace traffic training tree type typescript ubuntu uid unit
unix update upload uri url usb user username utf util uuid vagrant valid validate value vault vendor version video vim virtual vm vue web
webhook webpack widget wifi win windows word work worker workflow workspace xml xor yaml yarn zip zone base md sha aes rsa gpt llama claude
"""
_EVERYDAY = """
about above access account action active activity actual add additional address after again against agent all allow almost alone already
also although always among amount another answer anyone anything area around article ask available away back balance bank based because
become before begin behind being believe below best better between beyond big black blue board body book both bottom box bring brown
business but button buy call came can cancel cancelled cannot card care cart cash category cause center certain chair change charge chat
child choice city clear close closed color come comment common company complete completed concern confirm confirmed contact content control
correct cost could count country couple course create created credit current customer daily date day days dead deal dear december deep
delivery department detail details did different difficult direct discount discuss does done door down draft during each early east easy
economy effect either else empty employee english enough entire even evening ever every everyone everything exact except expected expired
failed failure family far fast feature february feel few final find fine first flight floor follow following food for force found free
french friday friend front full further future game gave general german get gift give given gold good got great green ground group had half
hand happen happy hard has have head health hear hello help her here high him his history hold hotel hour house how however human
hundred idea important include included including information instead interest internal issue its january july june just keep keyword kind
know known label language large last late later law lead learn least leave legal less letter life light line link little live location
longer look lost lot love low machine made major man manager many march market matter maximum may maybe mean meeting member membership men
middle might million mind minimum minor minute miss missing monday money month monthly more morning most mother move movie much music must
near need needed never news next nice night nobody nor normal north nothing notice november now october off offer often old once one online
only open operation opinion opposite orange ordinary original other others our out outside over overall own paid pair paper parent part
particular party passed past payment pending people per percent perhaps period person personal phone photo picture piece place please plus
point possible power present president pressure previous price print probably problem product program provide purchase purpose put quality
question quick quickly quite random rate rather reach ready real really reason receive received recent red refund regular related
remember reply rest results review road room round sale same saturday save saw say school second section security see seem sent september
series set several shall she ship shipped shipping should show side silver similar simple since single site six size small social
software sold someone something sometimes soon sorry sound south space special specific spend standard still story street strong student
study such summary sunday supply support sure surname sweet take talk team tell ten term thank thanks that the their them themselves
there these they thing things think third those though thought thousand three through thursday ticket title today together tomorrow tonight
too top topic total toward town training travel trip true trust tuesday turn twice two under understand unknown until upon usage used
useful usual very visit voice wait walk want warning was watch water way wednesday week weekly welcome well went were west what whatever
which white who whole whose why wide window winter without woman wonder word words world worse worth would write written wrong year yearly
yellow yes yesterday yet you young your yours zero changeme letmein qwerty welcome hunter passwd pass foo bar baz qux lorem ipsum sample
anonymous nobody somebody developer engineer operator owner viewer editor author reader writer guest visitor
"""
_SOFT = {*keyword.kwlist, *keyword.softkwlist, *(name for name in dir(builtins) if not name.startswith("_"))}
_NUMBERED = frozenset({*(word.lower() for word in _SOFT), *_LANGUAGES.split(), *_TOOLS.split()})
_COMMON = _NUMBERED | frozenset(_EVERYDAY.split())
_WORD = re.compile(r"([A-Za-z]{1,24})[_-]?([0-9]{0,3})")
_LEAST_DIGITS = 5


def is_common(value: str) -> bool:
    """Whether a text says too little by itself to be the same thing wherever it stands."""
    if value.isdigit():
        return len(value) < _LEAST_DIGITS
    word = _WORD.fullmatch(value)
    return word is not None and word[1].lower() in (_NUMBERED if word[2] else _COMMON)
