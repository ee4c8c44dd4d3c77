"""Passwords that commands, statements and settings are given without a name are found; the same flags of other commands are not."""

import json
from collections.abc import Callable

import pytest

Found = Callable[[str], list[str]]
Made = Callable[..., str]
PASSWORD = "Vk8mQ2x!a"
GIVEN = [
    "curl -u bob:{} https://h", "curl --user 'bob:{}' https://h", "curl -ubob:{} h", "curl --proxy-user bob:{} h", "http -a bob:{} h/x",
    "https --auth bob:{} h", "lftp -u 'bob,{}' h",
    "smbclient //h/s -U bob%{}", "docker login -u bob -p {}", "twine upload -u bob -p {} d/*",
    "sqlcmd -S h -U sa -P {} -Q x", "bcp x out f -U sa -P '{}'", "zip -P {} a.zip f", "mosquitto_pub -u bob -P {} -t t", "plink -pw {} u@h",
    "xfreerdp /u:bob /p:{} /v:h", "schtasks /create /ru bob /rp {}",
    "mysql -uroot -p{} db", "mysqldump -u root -p'{}' db", "7z x -p{} a.7z",
    "redis-cli -h h -a {} ping", "ldapsearch -x -D cn=admin -w '{}'",
    "openssl rsa -passin pass:{} -in k", "openssl enc -aes-256-cbc -k {} -in f",
    "openssl enc -pass pass:{}", "ssh-keygen -t rsa -N '{}' -f k", "htpasswd -b .htpasswd bob {}", "htpasswd -nb bob {}",
    "htpasswd -bc /etc/x bob {}", "mosquitto_passwd -b f bob {}", "net user bob {} /add", "net use Z: \\\\h\\s /user:bob {}",
    'ConvertTo-SecureString "{}" -AsPlainText -Force',
    "ConvertTo-SecureString -String '{}' -AsPlainText", "nmcli dev wifi connect X password {}",
    "wpa_passphrase X {}", "rabbitmqctl add_user bob {}", "poetry config http-basic.x bob {}", "gpg --batch --passphrase {} -d x",
    "keytool -list -storepass {}", "aws ssm put-parameter --name /x --value {} --type SecureString",
    "aws ssm put-parameter --type SecureString --name /x --value '{}'", "echo {} | docker login -u bob --password-stdin",
    'echo "{}" | sudo -S apt install x', "echo '{}' | passwd --stdin root", 'echo "root:{}" | chpasswd', "chpasswd <<< 'root:{}'",
    "PGPASSWORD={} psql -h h",
    "kubectl create secret generic x --from-literal=password={}", "helm install x y --set auth.rootPassword={},auth.user=z",
    "$env:DB_PASSWORD = \"{}\"", "setx DB_PASSWORD {}", 'dotnet user-secrets set "Db:Password" "{}"', "ansible all -e 'db_password={}'",
    "docker run -e MYSQL_ROOT_PASSWORD={} mysql", "ENV DB_PASSWORD={}", "ENV DB_PASSWORD {}", "cmdkey /add:h /user:bob /pass:{}",
    "username admin privilege 15 password 0 {}", "enable secret 5 {}", "snmp-server community {} RO",
    "requirepass {}", "rootpw {}", "bindpw {}",
    "CREATE LOGIN bob WITH PASSWORD = N'{}';", "ALTER ROLE bob WITH ENCRYPTED PASSWORD '{}';", "credentials: admin / {}",
]  # fmt: skip
TOKENS = [
    "vault login {}", "cargo login {}", "wandb login {}",
    "ngrok authtoken {}", "ngrok config add-authtoken {}", "poetry config pypi-token.pypi {}",
    "gh secret set API_KEY --body '{}'", "aws configure set aws_secret_access_key {}", "npm config set //registry.npmjs.org/:_authToken {}",
    "kubectl create secret generic x --from-literal=api-key={}", "curl -b 'session={}' h", "git clone https://{}@github.com/a/b.git",
    "gem push --key {}", "setx API_KEY {}",
    "docker build --build-arg NPM_TOKEN={} .", "sonar-scanner -Dsonar.login={}", "#define API_KEY \"{}\"",
]  # fmt: skip
LEFT = [
    "grep -u a:b x", "mkdir -p /a/b", "ps -u root",
    "docker run -p 80:80 x", "ssh -p 2222 h", "python -u a.py", "mosquitto_pub -p 1883 -h h",
    "zip -r a.zip b", 'ssh-keygen -t rsa -N "" -f k',
    "sed -n 5p f", "net user growth was 12% in 2024", "enable secret scanning for your repo",
    "enable password authentication in 2024", "username and password are required",
    "username admin password required", "sqlplus / as sysdba",
    "echo $PASSWORD | docker login --password-stdin",
    "cat file | docker login -u x --password-stdin", "docker run -v $PWD:/app -w /app img",
    "login: user/home2", "credentials: none / see docs", "snmp-server community public RO", "ENV TOKEN_FILE /run/secrets/token",
    "#define TOKEN_SIZE 32", '#define PASSWORD_KEY "password"', "vault login -method=userpass", "set password to continue",
]  # fmt: skip


@pytest.mark.parametrize("form", GIVEN)
def test_a_password_that_a_command_is_given_is_found(found: Found, form: str) -> None:
    text = form.replace("{}", PASSWORD)
    assert found(text) == [PASSWORD]
    assert [one.replace("\\", "") for one in found(json.dumps({"cmd": f"ok\n{text}\nok"}))] == [PASSWORD]


@pytest.mark.parametrize("form", TOKENS)
def test_a_token_that_a_command_is_given_is_found(found: Found, made: Made, form: str) -> None:
    assert found(form.replace("{}", made(40))) == [made(40)]


@pytest.mark.parametrize("text", LEFT)
def test_other_commands_and_prose_stay(found: Found, text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "form",
    [
        "jdbc:oracle:thin:scott/{}@h:1521:x", "sqlplus scott/{}@orcl",
        "psexec.py CORP/bob:{}@10.0.0.3", "mongodb://bob:{}@h1:27017,h2:27017/db",
        "postgresql+asyncpg://u:{}@[2a01:4f8::1]:5432/db", "smtp://bob%40x.io:{}@smtp.x.io:587",
        "amqp://bob:{}@h:5672/%2F", "rediss://:{}@h:6380",
        "jdbc:sqlserver://h:1433;user=sa;password={{}};encrypt=true", "Driver={ODBC Driver 17};Server=h;Uid=sa;Pwd={};", "ftps://bob:{}@h",
    ],
)  # fmt: skip
def test_a_password_in_a_connection_string_is_found(found: Found, form: str) -> None:
    assert found(form.replace("{}", "Vk8mQ2xa")) == ["Vk8mQ2xa"]
