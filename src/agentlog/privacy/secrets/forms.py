"""Forms: what the tokens of code hosts, clouds, registries and their kin look like, from the vendors' own documentation.

One row is one form: the literal texts it cannot be without, the pattern from there on and, where the telling text stands in the middle, the
pattern of what comes before. Lengths are open upwards: vendors make tokens longer, and what is longer is no less a secret.
"""

from typing import NamedTuple


class Form(NamedTuple):
    """What a vendor's token looks like."""

    name: str
    anchors: tuple[str, ...]
    """In lower case; the pattern begins where one of them does."""
    pattern: str
    """A group in it is what is secret; without one, all of it."""
    before: str = ""
    """What stands before the anchor and belongs to the token."""
    random: bool = False
    """Whether the prefix is so short that what follows must look generated."""


PLATFORMS = (
    Form("github", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{30,255}"),
    Form("github", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{30,255}"),
    Form(
        "gitlab",
        ("glpat-", "gloas-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glwt-", "glsoat-", "glffct-"),
        r"gl[a-z]{2,6}-[\w-]{20,300}(?:\.[0-9a-z]{2}\.[0-9a-z]{7,9})?",
    ),
    Form("gitlab", ("gr1348941",), r"GR1348941[\w-]{20,50}"),
    Form("gitlab", ("_gitlab_session=",), r"_gitlab_session=([0-9a-z]{32})"),
    Form("bitbucket", ("atbb", "bbdc-"), r"ATBB[A-Za-z0-9]{24,64}|BBDC-[A-Za-z0-9+/@_-]{40,50}", random=True),
    Form("atlassian", ("atatt3", "atctt3", "atoatt3", "atscc"), r"AT(?:ATT3|CTT3|OATT3|SCC)[A-Za-z0-9+/=_-]{50,400}"),
    Form("aws", ("akia", "asia", "abia", "acca", "a3t"), r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9])"),
    Form("aws-session", ("fwogzxivyxdz", "iqojb3jpz2lu", "fqogzxivyxdz"), r"(?:F[wQ]oGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9/+=%]{60,4000}"),
    Form("aws-bedrock", ("absk", "bedrock-api-key-"), r"(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{60,400}={0,2}"),
    Form("aws-appsync", ("da2-",), r"da2-[a-z0-9]{26}(?![a-z0-9])"),
    Form(
        "aws-mws",
        ("amzn.mws.", "amzn1.oa2-cs.", "atza|", "atzr|"),
        r"amzn\.mws\.[0-9a-f-]{36}|amzn1\.oa2-cs\.v1\.[0-9a-f]{64}|Atz[ar]\|[\w-]{60,2000}",
    ),
    Form("google", ("aiza",), r"AIza[\w-]{35}(?![\w-])"),
    Form("google", ("gocspx-",), r"GOCSPX-[\w-]{20,60}"),
    Form("google", ("ya29.", "ya29_"), r"ya29[._][\w-]{20,2000}"),
    Form("google", ("1//0",), r"1//0[\w-]{40,200}"),
    Form("google", ("4/0a",), r"4/0A[\w-]{40,200}"),
    Form("google", ("aq.ab",), r"AQ\.Ab[\w-]{40,100}"),
    Form("google-hmac", ("goog",), r"GOOG[A-Z0-9]{20}(?:[A-Z0-9]{37})?(?![A-Za-z0-9])", random=True),
    Form("azure-devops", ("azdo",), r"AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])", before=r"[A-Za-z0-9]{76}"),
    Form("azure", ("q~",), r"Q~[\w.~-]{31,34}(?![\w~-])", before=r"[\w.~-]{3}\d"),
    Form("azure", ("jqqj99",), r"JQQJ99[A-Za-z0-9]{26}(?![A-Za-z0-9])", before=r"[A-Za-z0-9]{52}"),
    Form(
        "azure",
        ("+ast", "+arm", "acdb", "aiot", "+aeh", "+asb", "azca", "acrd", "azse", "azfu", "acaa"),
        r"(?:\+A(?:St|Rm|Eh|Sb)|ACDb|AIoT|AzCa|ACRD|AzSe|AzFu)[A-Za-z0-9+/]{4,6}={0,2}(?![A-Za-z0-9+/=])",
        before=r"[A-Za-z0-9+/]{33,76}",
    ),
    Form(
        "slack",
        ("xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-", "xoxo-", "xoxc-", "xoxd-", "xoxe-", "xoxe."),
        r"xox(?:[a-e]|[oprs])[-.][\w.%-]{10,400}",
    ),
    Form("slack", ("xapp-",), r"xapp-[\w/-]{20,200}"),
    Form(
        "slack-webhook",
        ("hooks.slack.com/", "hooks.slack-gov.com/"),
        r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([\w/]{20,100})",
    ),
    Form(
        "stripe", ("sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_prod_", "rk_prod_"), r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,250}"
    ),
    Form("stripe", ("whsec_",), r"whsec_[A-Za-z0-9+/=]{24,100}"),
    Form("npm", ("npm_",), r"npm_[A-Za-z0-9]{36,80}(?![A-Za-z0-9])"),
    Form("pypi", ("pypi-",), r"pypi-[\w-]{50,1000}"),
    Form("rubygems", ("rubygems_",), r"rubygems_[0-9a-f]{48}"),
    Form("crates", ("cio",), r"cio[A-Za-z0-9]{32}(?![A-Za-z0-9])", random=True),
    Form("nuget", ("oy2",), r"oy2[a-z0-9]{43}(?![A-Za-z0-9])", random=True),
    Form(
        "clojars",
        ("clojars_",),
        r"CLOJARS_[0-9a-f]{60}",
    ),
    Form("docker", ("dckr_pat_", "dckr_oat_"), r"dckr_[po]at_[\w-]{20,60}"),
    Form("docker-swarm", ("swmtkn-1-",), r"SWMTKN-1-[0-9a-z-]{50,120}"),
    Form("artifactory", ("akcp", "cmvmdgtuo"), r"AKCp[A-Za-z0-9]{60,80}|cmVmdGtuO[A-Za-z0-9+/=]{40,80}"),
    Form("digitalocean", ("dop_v1_", "doo_v1_", "dor_v1_"), r"do[opr]_v1_[0-9a-f]{64}"),
    Form("databricks", ("dapi", "dose", "dkea"), r"(?:dapi|dose|dkea)[0-9a-f]{32}(?:-\d)?(?![A-Za-z0-9])"),
    Form("heroku", ("hrku-",), r"HRKU-[\w-]{36,80}"),
    Form("cloudflare", ("v1.0-",), r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    Form("cloudflare", ("cfut_", "cfat_", "cfk_", "cftoken_"), r"cf(?:ut|at|k|token)_[\w-]{36,120}"),
    Form("vault", ("hvs.", "hvb.", "hvr."), r"hv[sbr]\.[\w-]{24,400}"),
    Form("terraform", (".atlasv1.",), r"\.atlasv1\.[\w=-]{50,90}", before=r"[A-Za-z0-9]{14}"),
    Form("pulumi", ("pul-",), r"pul-[0-9a-f]{40}"),
    Form(
        "doppler",
        ("dp.ct.", "dp.pt.", "dp.st.", "dp.sa.", "dp.said.", "dp.scim.", "dp.audit."),
        r"dp\.[a-z]{2,5}\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,44}",
    ),
    Form(
        "fly",
        ("fo1_", "fm1r_", "fm1a_", "fm2_", "flyv1 "),
        r"(?:fo1_[\w-]{43}|fm1[ra]_[A-Za-z0-9+/]{80,2000}={0,3}|fm2_[A-Za-z0-9+/]{80,2000}={0,3})",
    ),
    Form("vercel", ("vercel_blob_rw_", "vcp_", "vci_", "vca_", "vck_"), r"vercel_blob_rw_[A-Za-z0-9_]{30,80}|vc[piak]_[A-Za-z0-9]{24,80}"),
    Form("netlify", ("nfp_", "nfc_", "nfo_"), r"nf[pco]_[A-Za-z0-9_]{36,60}"),
    Form("render", ("rnd_",), r"rnd_[A-Za-z0-9]{28,50}", random=True),
    Form("planetscale", ("pscale_tkn_", "pscale_pw_", "pscale_oauth_"), r"pscale_(?:tkn|pw|oauth)_[\w=.-]{32,64}"),
    Form("supabase", ("sbp_", "sb_secret_"), r"sbp_[0-9a-f]{40}|sb_secret_[\w-]{30,60}"),
    Form("neon", ("napi_", "npg_"), r"napi_[a-z0-9]{64}|npg_[A-Za-z0-9]{10,40}", random=True),
    Form("tailscale", ("tskey-",), r"tskey-[a-z]{2,8}-[\w-]{20,80}|tskey-[0-9a-f]{20,40}"),
    Form("kubernetes", ("sha256~",), r"sha256~[\w-]{43}(?![\w-])"),
    Form("rancher", ("token-",), r"token-[a-z0-9]{5}:[a-z0-9]{54}"),
    Form("teamcity", ("eyj0exaioiaivenwmij9",), r"eyJ0eXAiOiAiVENWMiJ9\.[\w-]{10,100}\.[\w-]{10,100}"),
    Form("jwt", ("eyj",), r"eyJ[\w-]{10,4000}\.[\w-]{8,8000}(?:\.[\w-]{0,4000}){1,3}"),
    Form("circleci", ("ccipat_", "cciprj_"), r"CCIP(?:AT|RJ)_[A-Za-z0-9]{20,24}_[0-9a-f]{40}"),
    Form("buildkite", ("bkua_", "bkat_"), r"bk[ua]a?t?_[0-9A-Za-z]{40,80}"),
    Form("octopus", ("api-",), r"API-[A-Z0-9]{26,32}(?![A-Za-z0-9])", random=True),
    Form("sonar", ("sqp_", "squ_", "sqa_"), r"sq[pua]_[0-9a-f]{40}"),
    Form("sourcegraph", ("sgp_", "sgd_", "slk_"), r"sgp_(?:(?:local|[0-9a-f]{16})_)?[0-9a-fA-F]{40,64}|sgd_[0-9a-f]{64}|slk_[0-9a-f]{64}"),
    Form("harness", ("pat.", "sat."), r"[ps]at\.[\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}"),
    Form("grafana", ("glsa_", "glc_"), r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2}"),
    Form("grafana", ("eyjrijoi",), r"eyJrIjoi[A-Za-z0-9]{50,400}={0,2}"),
    Form("sentry", ("sntrys_", "sntryu_", "sntrya_", "sntryi_"), r"sntry[suai]_[\w=+/-]{40,400}"),
    Form("datadog", ("ddapi_", "ddapp_"), r"ddap[ip]_[A-Za-z0-9]{32,64}"),
    Form("dynatrace", ("dt0c01.", "dt0s"), r"dt0[cs]\d\d\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}"),
    Form("newrelic", ("nrak-", "nrii-", "nriq-", "nrra-", "nraa-", "nrjs-", "nrsp-"), r"NR(?:AK|II|IQ|RA|AA|JS|SP)-[\w-]{16,60}"),
    Form("newrelic", ("nral",), r"NRAL(?![A-Za-z0-9])", before=r"[0-9a-zA-Z]{36}"),
    Form("newrelic", ("px-api-", "px-dep-"), r"px-(?:api|dep)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    Form("honeycomb", ("hcaik_", "hcbik_", "hcxik_", "hcamk_"), r"hc[a-z]{1,2}[im]k_[a-z0-9]{50,70}"),
    Form("axiom", ("xaat-", "xapt-"), r"xa[ap]t-[0-9a-f-]{36}"),
    Form("posthog", ("phc_", "phx_", "phs_"), r"ph[cxs]_[A-Za-z0-9]{40,60}"),
    Form("launchdarkly", ("sdk-", "mob-"), r"(?:sdk|mob)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
    Form("snyk", ("snyk_uat.", "snyk_sat."), r"snyk_[us]at\.[\w.-]{40,300}"),
    Form("infracost", ("ico-",), r"ico-[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    Form("prefect", ("pnu_", "pnb_"), r"pn[ub]_[A-Za-z0-9]{36}"),
    Form("scalingo", ("tk-us-",), r"tk-us-[\w-]{48}"),
    Form("age", ("age-secret-key-1", "age-plugin-"), r"AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9-]{1,30})-1[A-Z0-9]{30,500}"),
    Form("1password", ("ops_eyj",), r"ops_eyJ[A-Za-z0-9+/=_-]{200,2000}"),
    Form("1password", ("a3-",), r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    Form("cockroach", ("ccdb1_",), r"CCDB1_[A-Za-z0-9]{22}_[A-Za-z0-9]{40}"),
    Form("mongodb-atlas", ("mdb_sa_sk_",), r"mdb_sa_sk_[\w-]{36,60}"),
    Form("alibaba", ("ltai",), r"LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])", random=True),
    Form("tencent", ("akid",), r"AKID[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    Form("yandex", ("aqvn", "y0_", "t1."), r"AQVN[\w-]{35,38}|y0_[\w-]{50,80}|t1\.[A-Z0-9a-z_-]{6,}={0,2}\.[\w-]{86}={0,2}"),
    Form("dependency-track", ("odt_",), r"odt_[A-Za-z0-9]{32,90}"),
    Form("jfrog-reference", ("jfrog_",), r"jfrog_[A-Za-z0-9]{40,80}"),
)
"""Code hosts, clouds, registries, delivery and observability."""
