"""A value beside a telling name is a secret in every language that traces are made of; code without secrets stays as it is."""

import json
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.privacy.detector import Detector
from agentlog.privacy.text import Text

Found = Callable[[str], list[str]]
Made = Callable[..., str]

PASSWORD = "Vk8!mQ2x"
ASSIGNED = [
    'password = "{}"', "passwd='{}'", "DB_PASSWORD={}", "export PGPASSWORD='{}'", '"password": "{}"', "'adminPassword': '{}'",
    "password: {}\n",
    "<password>{}</password>", '<Pass encoding="plain">{}</Pass>', '<add key="MailPassword" value="{}"/>', '<user name="x" password="{}"/>',
    "Server=db;Database=x;User Id=sa;Password={};", "define('DB_PASSWORD', '{}');", "env('DB_PASSWORD', '{}')", ":password => '{}'",
    'my_password := "{}"', 'config["password"] = "{}"', 'const password: string = "{}";', "--password {} --host h", "--password={}",
    "machine h.io login bob password {}", "- name: DB_PASSWORD\n  value: {}", '{{"name": "DB_PASSWORD", "value": "{}"}}',
    "spring.datasource.password={}", "my password is {}", 'if password == "{}":', "https://h.io/login?user=a&password={}",
    "ENV ROOT_PASSWORD {}",
    '&quot;password&quot;: &quot;{}&quot;', "\\u0022password\\u0022: \\u0022{}\\u0022",
    'let password: &str = "{}";', 'char pass[] = "{}";', 'Password: "{}",',
    "cfg.Password = '{}'", 'psk="{}"', "pw: {}", "The password is: {}",
    '<property name="hibernate.connection.password">{}</property>', "- {{name: DB_PASSWORD, value: {}}}", "${{DB_PASSWORD:-{}}}",
    "jdbc:sqlserver://h;user=sa;password={};encrypt=true", "-Djavax.net.ssl.keyStorePassword={}",
]  # fmt: skip
TOKEN = [
    'API_KEY = "{}"', "client_secret: '{}'", '"access_token": "{}"', "token={}\n", "X-Api-Key: {}", "//registry.npmjs.org/:_authToken={}",
    "const apiKey = `{}`;", 'OpenAI(api_key="{}")', 'os.environ["OPENAI_API_KEY"] = "{}"', "mytool --token {}", "secret_key_base: {}",
    "https://h.io/?access_token={}&x=1", "aws_secret_access_key = {}", "PrivateKey = {}=",
    "API key: {}", "Your API key is {}", "Access Token      {}", '<setting name="ApiKey" serializeAs="String"><value>{}</value></setting>',
    "with:\n  token: {}", "--key={}", "#define API_KEY \"{}\"",
]  # fmt: skip
HARMLESS = [
    "password = getpass.getpass()", "password=password", "self.token = token", "token = get_token()", "password: str",
    "password: Optional[str] = None",
    "token = os.environ['TOKEN']", "apiKey: process.env.API_KEY", "password = ${PASSWORD}", "PASSWORD=$PASSWORD", "api_key=<your key>",
    'token = "string"',
    'TOKEN_TYPES = {"NAME": 1}', "sorted(x, key=lambda y: y.name)", 'parser.add_argument("--token", help="the token")', "max_tokens: 4096",
    '{"prompt_tokens": 1200, "completion_tokens": 33}', '"token": "NAME", "start": 3', '"token": " running", "logprob": -0.1',
    "token_type: bearer",
    'password_hash_algorithm = "bcrypt2b"', 'secret_name = "prod/db7/main"', 'key = "d41d8cd98f00b204e9800998ecf8427e"',
    "secret = secrets.token_hex(16)",
    '"integrity": "sha512-oxQ4vFQ2J3h4dU5c6H1n=="', "author = 'somebody'", 'print("Password: " + get())',
    "next_page_token = 'Cg0IARDkq7aZ'",
    "echo 'password = '.$p['config']", "password = None", 'password = ""', "Authentication: required", 'url = "/reset-password/edit/12"',
    "pass\nexcept X1y2:",
    "public_key = 'ssh-rsa AAAA'", "primary_key=True", "for key, value in x.items(): pass", "tokenizer.pad_token = tokenizer.eos_token",
    'assert token == "IDENTIFIER"', "password = '********'", "password: changeme", "--password PASSWORD  the password", 'label: "Password"',
    "INFO [w-2] app.token: request_id=09c9d8e7f6a5b4c39281706f5e4d3c8a trace=1", "create_user('a', password='something')", "PWD=/home/x/y1",
    'password="mypassword123"', "fn f(user: &str, password: &str) -> bool {",
    "username: str\npassword: str", "username: string\npassword: string;",
    '<string name="password">Password</string>', '<span class="token keyword">return</span>', "API key: required",
    "access token expires in 3600s", "password  varchar2(30),",
]  # fmt: skip


@pytest.mark.parametrize("form", ASSIGNED)
def test_a_password_is_found_however_it_is_given(found: Found, form: str) -> None:
    assert found(form.format(PASSWORD)) == [PASSWORD]


@pytest.mark.parametrize("form", TOKEN)
def test_a_generated_value_under_a_telling_name_is_found(found: Found, made: Made, form: str) -> None:
    assert [one.rstrip("=") for one in found(form.format(made(40)))] == [made(40)]


@pytest.mark.parametrize("text", HARMLESS)
def test_code_and_text_without_a_secret_stay(found: Found, text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("form", [*ASSIGNED[:10], *TOKEN[:6]])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_the_depth_of_escapes_does_not_matter(found: Found, made: Made, form: str, depth: int) -> None:
    value = made(40) if form in TOKEN else PASSWORD
    text = f"$ cat x\n{form.format(value)}\n$ ls"
    for _ in range(depth):
        text = json.dumps({"out": [text]})
    assert found(text) == [value]


def test_a_value_covers_its_raw_slice_without_its_quotes(found: Found) -> None:
    assert found(json.dumps({"out": json.dumps({"password": 'a"b7!x'})})) == ['a\\\\\\"b7!x']


def test_a_word_is_a_password_beside_a_login_in_settings(found: Found) -> None:
    assert found("db:\n  username: bob\n  password: swordfish\n") == ["swordfish"]
    assert found("[client]\nuser=root\npassword=swordfish\n") == ["swordfish"]
    assert found("f(user=user,\n  password=swordfish)") == []


def test_a_short_secret_of_settings_is_told_from_a_type(found: Found) -> None:
    assert found("record:\n  client_secret: _vV63_USWmk7x\n  count: 3\n") == ["_vV63_USWmk7x"]
    assert found("class A:\n    auth_token: OAuth2Token\n    api_key: SecretStr\n") == []


def test_the_secrets_of_a_manifest_are_found_in_base64(found: Found) -> None:
    for value in ("VHI0djNyczMtdGhlLUxha2U=", "bXlwYXNz"):
        assert found(f"data:\n  password: {value}\n") == [value]
        assert found(json.dumps({"out": f"data:\n  password: {value}\n"})) == [value]


def test_a_text_that_is_cut_off_has_its_secret_found_to_its_end(found: Found) -> None:
    assert found('{"user": "bob", "password": "Vk8!m') == ["Vk8!m"]


def test_an_ordinary_word_is_not_looked_for_elsewhere(detector: Detector) -> None:
    assert [span.spreads for span in detector.find(Text('{"password": "swordfish"}'))] == [False]
    assert [span.spreads for span in detector.find(Text('{"password": "sw0rdfish!"}'))] == [True]


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="pasword=:'\"\\{}<>, \n1aZ-$", max_size=200), st.text(max_size=40))
def test_any_text_has_spans_within_it_in_order(detector: Detector, text: str, other: str) -> None:
    value = f"{text}password{other}token={text}"
    spans = detector.find(Text(value))
    assert all(0 <= span.start < span.end <= len(value) for span in spans)
    assert all(first.end <= second.start for first, second in pairwise(spans))
