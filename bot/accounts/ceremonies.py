"""What a browser is asked for when a passkey is made or used, and whether its answer holds (WebAuthn)."""

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

from bot.accounts.account_values import Place
from bot.accounts.challenges import Challenges
from bot.errors import NotAllowed
from bot.store.passkeys import Passkey

log = logging.getLogger(__name__)

REFUSED = "The passkey was not accepted. Please try again."
SIGN_IN = "sign-in"

Options = Mapping[str, object]
Credential = Mapping[str, object]  # what the browser answers, as JSON


class Ceremonies:
    """Registration and authentication. A passkey is all that is asked for, so its device must know its user."""

    def __init__(self, name: str, challenges: Challenges) -> None:
        self._name = name
        self._challenges = challenges

    def registration(
        self, place: Place, purpose: str, *, user: bytes, name: str, known: Sequence[Passkey] = ()
    ) -> Options:
        """What navigator.credentials.create() is called with. ``user``: how devices tell accounts apart."""
        options = generate_registration_options(
            rp_id=place.site,
            rp_name=self._name,
            user_id=user,
            user_name=name,
            challenge=self._challenges.make(purpose, place.address),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in known],
        )
        return _values(options_to_json(options))

    def authentication(self, place: Place) -> Options:
        """What navigator.credentials.get() is called with."""
        options = generate_authentication_options(
            rp_id=place.site,
            challenge=self._challenges.make(SIGN_IN, place.address),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _values(options_to_json(options))

    def made(self, place: Place, purpose: str, credential: Credential, label: str) -> Passkey:
        """The passkey that a browser has made. Raises NotAllowed."""
        challenge = self._challenge(credential, purpose)
        try:
            verified = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=place.site,
                expected_origin=place.origin,
                require_user_verification=True,
            )
        except Exception as error:  # of many kinds, for what a stranger may send
            raise _refused(error) from None
        return Passkey(
            label=label, credential=verified.credential_id, site=place.site,
            public_key=verified.credential_public_key, uses=verified.sign_count,
        )  # fmt: skip

    def uses(self, place: Place, credential: Credential, passkey: Passkey) -> int:
        """How often the device says that ``passkey`` was used, now that it was. Raises NotAllowed."""
        challenge = self._challenge(credential, SIGN_IN)
        try:
            return verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=passkey.site,
                expected_origin=place.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.uses,
                require_user_verification=True,
            ).new_sign_count
        except Exception as error:  # of many kinds, for what a stranger may send
            raise _refused(error) from None

    def _challenge(self, credential: Credential, purpose: str) -> bytes:
        """The challenge that was signed, which is used up. Raises NotAllowed."""
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


def credential_id(credential: Credential) -> bytes:
    """Which passkey is meant. Raises NotAllowed."""
    try:
        return base64url_to_bytes(str(credential["rawId"]))
    except Exception as error:
        raise _refused(error) from None


def _refused(error: Exception) -> NotAllowed:
    log.info("a passkey was refused: %s", str(error)[:200])
    return NotAllowed(REFUSED)


def _values(text: str) -> Options:
    values: dict[str, object] = json.loads(text)
    return values
