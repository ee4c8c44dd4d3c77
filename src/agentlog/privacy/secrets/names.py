"""Names: how much the name of a variable, key, header or flag says about its value being a secret.

A name is taken apart into words (``DB_PASSWORD``, ``dbPassword``, ``db-password``), and its last words decide:
``password_hash_algorithm`` and ``token_count`` are about something else. A password is a secret whatever it looks like; a token or key is
where it looks like one; other names (``signature``, ``license_key``) only with a value that is plainly generated.
"""

import re
from enum import IntEnum
from functools import lru_cache


class Weight(IntEnum):
    """What a name says; the greater, the less its value has to look like a secret."""

    NONE = 0
    WEAK = 1
    TOKEN = 2
    PASSWORD = 3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_DECORATION = _words(
    "value val b64 base64 hex plain plaintext cleartext env prod production dev development test testing staging stage live old"
    " new current default str string raw base clear sha encrypted enc encoded sandbox secure final local main primary secondary"
)
_PASSWORDS = ("password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "passwrd", "passw", "pswd", "userpwd", "dbpwd")
_PASS = _words(
    "pass pwd psw pw psk dbpass userpass mypass rootpass adminpass smtppass mailpass ftppass sshpass sudopass basicauthpass dbpasswd sapass"
    " ldappass vncpass wifipass webpass keypass storepass srcstorepass deststorepass srckeypass destkeypass"
    " requirepass masterpass masterauth"
    " rootpw bindpw adminpw dbpw userpw"
)
_TOKENS = (
    "token",
    "secret",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authkey",
    "masterkey",
    "sharedkey",
    "presharedkey",
    "accountkey",
)
_WHOLE_TOKENS = _words(
    "authorization credential credentials cookie cookies setcookie jwt bearer crumb secrets tokens creds apisecret seckey"
    " sessionid jsessionid phpsessid sessid"
)
_KEYS = _words(
    "api access secret private auth authentication authorization encryption encrypt decrypt decryption master signing sign account"
    " shared storage service app application deploy deployment session ssh rsa pgp gpg host hostname webhook admin consumer"
    " developer write read insert ingest ingestion unseal registration aes des hmac jwt license licence stream subscription client"
    " integration server user bot preshared psk project cipher token webhooks device provision secretkey crypt site query personal"
    " security fb facebook io azure openai anthropic google gemini github stripe sendgrid mailgun twilio hf groq cohere mistral"
    " tavily serp serpapi jina nasa maps wandb datadog dd newrelic algolia sentry segment pinecone replicate linkedin twitter"
    " shopify amplitude mixpanel postmark heroku cloudflare fastly"
)
_WEAK = _words("key keys auth sig signature pat dsn salt pepper login license otp mfa totp hmac sas sess session pin seed token_id")
_OTHER_TOKENS = _words(
    "max min num pad eos bos unk mask sep cls special next page nextpage continuation start end stop added first last previous"
    " prev input output prompt completion total cached n new per of word sub subword invalid expected current lookahead peek get"
    " count cancellation pagination sync image audio video reasoning usage by csrfmiddleware unexpected vocab bpe line comment"
    " string number name op ident"
)
_OTHER_PASSWORDS = _words(
    "forgot reset change changed update no show hide verify require requires invalid wrong min max add remove check has is use ask"
    " prompt create get set edit save validate missing forget forgotten remember recover lost needs incorrect bad"
)
_PUBLIC = _words(
    "public primary foreign sort partition cache dict dictionary index map object lookup hash group order row config json unique"
    " composite translation i18n locale message feature s3 bucket shortcut hot arrow registry sorting compare lru surrogate"
    " candidate host_public"
)


@lru_cache(maxsize=4096)
def weight(name: str) -> Weight:
    """What a name says about its value."""
    if name in ("_auth", "_password", "_authToken") or name.endswith("sonar.login"):
        return Weight.TOKEN
    words = [word.lower() for word in _WORDS.findall(name[-120:])]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _DECORATION):
        words.pop()
    if not words:
        return Weight.NONE
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _PASS or last.endswith(_PASSWORDS):
        return Weight.NONE if before in _OTHER_PASSWORDS else Weight.PASSWORD
    if (last == "phrase" and before == "pass") or (last == "word" and before == "pass"):
        return Weight.PASSWORD
    if last == "tokens" or last == "secrets":
        return Weight.WEAK if before not in _OTHER_TOKENS and before else Weight.NONE
    if last.endswith(_TOKENS) or last in _WHOLE_TOKENS:
        return Weight.NONE if before in _OTHER_TOKENS or last in _OTHER_TOKENS else Weight.TOKEN
    if last == "key":
        return _key(words[:-1])
    return _weak(last, before)


def _key(words: list[str]) -> Weight:
    """A key is one of many things; the words before it say of which kind."""
    if not words or _PUBLIC & set(words):
        return Weight.NONE
    return Weight.TOKEN if words[-1] in _KEYS else Weight.WEAK


def _weak(last: str, before: str) -> Weight:
    joined = (
        last.endswith("key")
        and len(last) > 5
        and not last.endswith(("monkey", "turkey", "hockey", "hotkey", "whiskey", "jockey", "donkey"))
    )
    if joined:
        return Weight.TOKEN if last[:-3] in _KEYS else Weight.WEAK
    if last in {"login", "license", "session", "pin", "seed"} and not before:
        return Weight.NONE
    return Weight.WEAK if last in _WEAK else Weight.NONE
