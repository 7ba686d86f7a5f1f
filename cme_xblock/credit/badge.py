"""A claim as an Open Badges 3.0 credential: a VC-JWT that says what the certificate says, and where its status is.

Source: Open Badges 3.0, sections 8.2 (VC-JWT) and 9; W3C Verifiable Credentials 2.0; spec/endpoints.md, part 6. The
amount is a result with its unit, never `creditsEarned`: that is a binary fraction of semester hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cme_xblock.activity import richtext
from cme_xblock.activity.model import Activity
from cme_xblock.credit import certificate
from cme_xblock.credit.badge_keys import Issuer, base64url
from cme_xblock.credit.standing import Standing
from cme_xblock.records import editions
from cme_xblock.records.models import Claim
from cme_xblock.rules import amounts, calendar, credit_system

CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
KIND = "vc+jwt"
CONTENT_TYPE = "application/vc+jwt"


@dataclass(frozen=True)
class Links:
    """Absolute addresses in a badge: the certificate's verification, and the status list with its index there."""

    verify: str
    status_list: str
    status_index: int


def is_for(claim: Claim) -> bool:
    """Whether a badge may say what was claimed. Not where the body's own register alone states the credit: our paper
    is a notice there, and a signed credential of the same hours would be taken for more. Source: spec R-3.4.
    """
    activity = editions.load(claim.edition.sha256)[claim.edition.sha256]
    return not credit_system.recorded(claim.system, calendar.edition_day(activity)).notice_only


def issue(claim: Claim, *, issuer: Issuer, links: Links, completed_on: str) -> str:
    """The credential as a compact JWS: the same text whenever it is asked for, as long as the key is the same.

    `completed_on` is the date of completion as it is to be read in the criteria.
    """
    body = credential(claim, issuer=issuer, links=links, completed_on=completed_on)
    registered = {"iss": issuer.did, "jti": body["id"], "nbf": int(claim.claimed_at.timestamp())}
    return issuer.sign({**body, **registered}, kind=KIND)


def credential(claim: Claim, *, issuer: Issuer, links: Links, completed_on: str) -> dict[str, Any]:
    """The credential itself."""
    activity = editions.load(claim.edition.sha256)[claim.edition.sha256]
    built = certificate.build(claim, standing=Standing.VALID, completed_on=completed_on)
    result = f"urn:uuid:{claim.uuid}#credit"
    return {
        "@context": list(CONTEXTS),
        "id": f"urn:uuid:{claim.uuid}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": _profile(activity, issuer),
        "validFrom": instant(claim.claimed_at),
        "name": activity.title,
        "description": built.sentence,
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": claim.name_certified,
                    "identityType": "name",
                }
            ],
            "activityEndDate": instant(claim.completed_at),
            "achievement": _achievement(claim, activity, statements=built.statements, result=result),
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": result,
                    "value": amounts.number(claim.amount),
                }
            ],
        },
        "evidence": [{"id": links.verify, "type": ["Evidence"], "name": f"Certificate {built.number}"}],
        "credentialStatus": {
            "id": f"{links.status_list}#{links.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(links.status_index),
            "statusListCredential": links.status_list,
        },
    }


def instant(at: datetime) -> str:
    """An instant as the credential writes it: whole seconds in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _profile(activity: Activity, issuer: Issuer) -> dict[str, Any]:
    provider = activity.provider
    optional: Mapping[str, str] = {"email": provider.contact_email, "url": provider.contact_url}
    known = {key: value for key, value in optional.items() if value}
    return {"id": issuer.did, "type": ["Profile"], "name": provider.name, **known}


def _achievement(claim: Claim, activity: Activity, *, statements: tuple[str, ...], result: str) -> dict[str, Any]:
    system = credit_system.recorded(claim.system, calendar.edition_day(activity))
    # The edition's hash as a name that anybody can compute (RFC 6920).
    edition = base64url(bytes.fromhex(claim.edition.sha256))
    return {
        "id": f"ni:///sha-256;{edition}",
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "inLanguage": activity.language,
        "name": activity.title,
        "description": richtext.plain(activity.description) or activity.title,
        "criteria": {"narrative": "\n\n".join(statements)},
        "resultDescription": [
            {"id": result, "type": ["ResultDescription"], "name": system.name, "resultType": "Result"}
        ],
    }
