"""WebAuthn ceremonies: the options for creating and using passkeys, and verification of the responses."""

import json
import logging
from collections.abc import Mapping, Sequence

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bot.accounts.account_values import REFUSED, BrowserLocation, Credential, Options
from bot.accounts.challenges import Challenges
from bot.errors import NotAllowed
from bot.store.passkeys import Passkey

log = logging.getLogger(__name__)

SIGN_IN = "sign-in"


class PasskeyVerification:
    """Registration and authentication. The passkey is the only factor, so user verification is required."""

    def __init__(self, name: str, challenges: Challenges) -> None:
        self._name = name
        self._challenges = challenges

    def registration_options(
        self, location: BrowserLocation, purpose: str, *, user: bytes, name: str, known: Sequence[Passkey] = ()
    ) -> Options:
        """Return the options for navigator.credentials.create(). ``user`` is the WebAuthn user handle."""
        options = generate_registration_options(
            rp_id=location.site,
            rp_name=self._name,
            user_id=user,
            user_name=name,
            challenge=self._challenges.make(purpose, location.address),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in known],
        )
        return _values(options_to_json(options))

    def authentication_options(self, location: BrowserLocation) -> Options:
        """Return the options for navigator.credentials.get()."""
        options = generate_authentication_options(
            rp_id=location.site,
            challenge=self._challenges.make(SIGN_IN, location.address),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _values(options_to_json(options))

    def verify_registration(
        self, location: BrowserLocation, purpose: str, credential: Credential, label: str
    ) -> Passkey:
        """Verify a registration and return the new passkey. Raises NotAllowed."""
        challenge = self._challenge(credential, purpose)
        try:
            verified = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=location.site,
                expected_origin=location.origin,
                require_user_verification=True,
            )
        except Exception as error:  # the library raises many kinds for malformed input
            raise _refused(error) from None
        return Passkey(
            label=label, credential=verified.credential_id, site=location.site,
            public_key=verified.credential_public_key, uses=verified.sign_count,
        )  # fmt: skip

    def credential_id(self, credential: Credential) -> bytes:
        """Return the id of the passkey that was used. Raises NotAllowed if it is malformed."""
        try:
            return base64url_to_bytes(str(credential["rawId"]))
        except Exception as error:
            raise _refused(error) from None

    def verify_authentication(self, location: BrowserLocation, credential: Credential, passkey: Passkey) -> int:
        """Verify an authentication and return the passkey's new signature counter. Raises NotAllowed."""
        challenge = self._challenge(credential, SIGN_IN)
        try:
            return verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=passkey.site,
                expected_origin=location.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.uses,
                require_user_verification=True,
            ).new_sign_count
        except Exception as error:  # the library raises many kinds for malformed input
            raise _refused(error) from None

    def _challenge(self, credential: Credential, purpose: str) -> bytes:
        """Return the challenge that was signed, consuming it. Raises NotAllowed if it is unknown or expired."""
        try:
            response = credential["response"]
            if not isinstance(response, Mapping):
                raise TypeError("response: no object")
            challenge = parse_client_data_json(base64url_to_bytes(response["clientDataJSON"])).challenge
        except Exception as error:
            raise _refused(error) from None
        if not self._challenges.take(challenge, purpose):
            raise NotAllowed(REFUSED)
        return challenge


def _refused(error: Exception) -> NotAllowed:
    log.info("a passkey was refused: %r", str(error)[:200])  # quoted: it may contain line breaks
    return NotAllowed(REFUSED)


def _values(text: str) -> Options:
    values: dict[str, object] = json.loads(text)
    return values
