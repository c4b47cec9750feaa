"""Accounts of the web page: created by invitation, opened with a password or a passkey."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from bot.accounts.account_names import clean_name, name_key
from bot.accounts.account_values import REFUSED, Account, BrowserLocation, Credential, Identity, Options
from bot.accounts.browser_sessions import BrowserSessions
from bot.accounts.challenges import Challenges
from bot.accounts.invitations import Invitations, invitation_id
from bot.accounts.password_resets import PasswordResets, account_of
from bot.accounts.passwords import Passwords, check_password
from bot.errors import InvalidOption, NotAllowed, NotFound
from bot.i18n import N_
from bot.store.account_tables import INVALID, AccountLine
from bot.store.passkeys import Passkey
from bot.store.store import Store

if TYPE_CHECKING:
    from bot.accounts.passkey_verification import PasskeyVerification

MAX_LABEL_LENGTH = 64

RESET_INVALID = N_("This link is no longer valid. Ask for a new one.")


class Accounts:
    """Creates, opens and changes accounts."""

    def __init__(self, store: Store, name: str, passwords: Passwords | None = None) -> None:
        """Set up the service. ``name``: the bot's name, which passkeys show."""
        self._accounts = store.accounts
        self._passkeys = store.passkeys
        self._passwords = passwords or Passwords()
        self._resets = PasswordResets(store.values)
        self._name = name
        self._challenges = Challenges()
        self.invitations = Invitations(store.invitations)
        self.browsers = BrowserSessions(store.sign_ins, store.accounts)

    @cached_property
    def _verification(self) -> "PasskeyVerification":
        """Imported with the first passkey: its library takes 0.3 s and 20 MB."""
        from bot.accounts.passkey_verification import PasskeyVerification

        return PasskeyVerification(self._name, self._challenges)

    # --- making one -------------------------------------------------------------------------------------------------

    async def join(self, code: str, name: str, password: str, identity: Identity) -> Account:
        """Create an account with a password. Raises NotFound, InvalidOption or Busy."""
        name = await self._free_name(code, name)
        check_password(password, name)
        return await self._make(code, name, identity, password=await self._passwords.hash(password))

    async def join_options(self, code: str, name: str, identity: Identity, location: BrowserLocation) -> Options:
        """Return the options for creating a new account's passkey. Raises NotFound or InvalidOption."""
        name = await self._free_name(code, name)
        user = bytes.fromhex(identity.visitor)
        return self._verification.registration_options(location, _joining(code, name), user=user, name=name)

    async def join_by_passkey(
        self, code: str, name: str, identity: Identity, location: BrowserLocation, credential: Credential
    ) -> Account:
        """Create an account with a passkey. Raises NotFound, InvalidOption or NotAllowed."""
        name = await self._free_name(code, name)
        passkey = self._verification.verify_registration(location, _joining(code, name), credential, location.site)
        return await self._make(code, name, identity, passkey=passkey)

    async def _free_name(self, code: str, name: str) -> str:
        """Return ``name`` cleaned. Raises NotFound for an invalid invitation, InvalidOption if the name is taken."""
        if not await self.invitations.holds(code):
            raise NotFound(INVALID)
        name = clean_name(name)
        if await self._accounts.find(name_key(name)) is not None:
            raise InvalidOption('The name "{name}" is taken. Please choose another one.', name=name)
        return name

    async def _make(
        self, code: str, name: str, identity: Identity, *, password: str | None = None, passkey: Passkey | None = None
    ) -> Account:
        new = Account(
            key=name_key(name), name=name, password=password, secret=identity.secret, visitor=identity.visitor
        )
        account = await self._accounts.add(new, invitation_id(code), passkey)
        await self.browsers.refresh(now=True)
        return account

    # --- opening it -------------------------------------------------------------------------------------------------

    async def find(self, name: str) -> Account | None:
        """Return the account with this name, or None."""
        return await self._accounts.find(name_key(name))

    async def verify_password(self, account: Account | None, password: str) -> bool:
        """Return whether ``password`` is that of ``account``. Takes as long for a missing account. Raises Busy."""
        kept = account.password if account else None
        if not await self._passwords.verify(password, kept) or account is None or kept is None:
            return False
        if self._passwords.needs_rehash(kept):
            await self._accounts.set_password(account.id, await self._passwords.hash(password))
        return True

    def sign_in_options(self, location: BrowserLocation) -> Options:
        """Return the options for signing in with a passkey."""
        return self._verification.authentication_options(location)

    async def by_passkey(self, location: BrowserLocation, credential: Credential) -> Account:
        """Return the account whose passkey was used. Raises NotAllowed if it is not accepted."""
        passkey = await self._passkeys.find(self._verification.credential_id(credential))
        if passkey is None or passkey.site != location.site:
            raise NotAllowed(REFUSED)
        uses = self._verification.verify_authentication(location, credential, passkey)
        account = await self._accounts.get(passkey.account)
        if account is None or not await self._passkeys.note_use(passkey, uses):
            raise NotAllowed(REFUSED)
        return account

    # --- changing it ------------------------------------------------------------------------------------------------

    async def get(self, number: int) -> Account:
        """Return the account with this id. Raises NotFound if there is none."""
        account = await self._accounts.get(number)
        if account is None:
            raise NotFound("There is no such account any more.")
        return account

    async def change_password(self, account: Account, old: str, new: str) -> None:
        """Set a password. ``old``: the current one, if any. Raises NotAllowed, InvalidOption or Busy."""
        if account.password is not None and not await self.verify_password(account, old):
            raise NotAllowed("The current password is wrong.")
        check_password(new, account.name)
        await self._accounts.set_password(account.id, await self._passwords.hash(new))
        await self._resets.revoke(account)

    async def reset_code(self, account: Account) -> str:
        """Return the code of a single-use link that resets the account's password."""
        return await self._resets.make(account)

    async def to_reset(self, code: str) -> Account:
        """Return the account whose password ``code`` resets. Raises NotFound if it is used, expired or wrong."""
        number = account_of(code)
        account = None if number is None else await self._accounts.get(number)
        if account is None or not await self._resets.holds(code, account):
            raise NotFound(RESET_INVALID)
        return account

    async def reset_password(self, code: str, new: str) -> tuple[Account, Sequence[str]]:
        """Set a new password by a reset link. Return the account and its sessions, all of which end.

        Raises NotFound, InvalidOption or Busy; after the last two the link remains valid.
        """
        account = await self.to_reset(code)
        check_password(new, account.name)
        hashed = await self._passwords.hash(new)
        if not await self._resets.use(code, account):  # another request was faster
            raise NotFound(RESET_INVALID)
        await self._accounts.set_password(account.id, hashed)
        return account, await self.browsers.end(account.id)

    async def passkeys(self, account: Account) -> Sequence[Passkey]:
        return await self._passkeys.of(account.id)

    async def passkey_options(self, account: Account, location: BrowserLocation) -> Options:
        """Return the options for creating an additional passkey."""
        known = await self._passkeys.of(account.id)
        user = bytes.fromhex(account.visitor)
        return self._verification.registration_options(
            location, _adding(account), user=user, name=account.name, known=known
        )

    async def add_passkey(
        self, account: Account, location: BrowserLocation, credential: Credential, label: str
    ) -> None:
        """Add the passkey that the browser created. Raises NotAllowed or InvalidOption."""
        label = " ".join(label.split())[:MAX_LABEL_LENGTH] or location.site[:MAX_LABEL_LENGTH]
        await self._passkeys.add(
            account.id, self._verification.verify_registration(location, _adding(account), credential, label)
        )

    async def remove_passkey(self, account: Account, name: str) -> None:
        """Remove a passkey. Raises NotFound if there is none, InvalidOption if it is the only way to sign in."""
        known = await self._passkeys.of(account.id)
        if account.password is None and [one.id for one in known] == [name]:
            raise InvalidOption("Nobody could sign in without it. Set a password first, or add another passkey.")
        if not await self._passkeys.remove(account.id, name):
            raise NotFound("There is no such passkey any more.")

    async def all(self) -> Sequence[AccountLine]:
        """Return every account, sorted by name."""
        return await self._accounts.all()

    async def remove(self, account: Account) -> None:
        """Delete the account with its passkeys and sessions. The caller deletes its conversations first."""
        await self._resets.revoke(account)
        await self._accounts.remove(account.id)
        await self.browsers.refresh(now=True)


def _joining(code: str, name: str) -> str:
    return f"join:{invitation_id(code)}:{name}"


def _adding(account: Account) -> str:
    return f"add:{account.id}"
