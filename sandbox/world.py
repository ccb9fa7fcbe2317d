"""World: everything that exists in the stand-in, put together once."""

from sandbox.accounts import Accounts
from sandbox.chats import Chats
from sandbox.clock import Clock
from sandbox.codes import Codes
from sandbox.config import Config
from sandbox.faults import Faults
from sandbox.followers import Followers
from sandbox.menus import Menus
from sandbox.people import People
from sandbox.pushes import Pushes
from sandbox.qr_codes import QrCodes
from sandbox.quotas import Quotas
from sandbox.shelf import Shelf
from sandbox.sms import Sms
from sandbox.tokens import Tokens
from sandbox.web_sign_in import WebSignIns


class World:
    def __init__(self, config: Config, *, clock: Clock | None = None) -> None:
        folder = config.accounts_file.parent
        self.sms_key = config.sms_key
        self.clock = clock or Clock()
        self.accounts = Accounts(Shelf(config.accounts_file))
        self.people = People()
        self.followers = Followers(shelf=Shelf(folder / "followers.json"), clock=self.clock)
        self.menus = Menus(shelf=Shelf(folder / "menus.json"))
        self.qr_codes = QrCodes(shelf=Shelf(folder / "qr_codes.json"), clock=self.clock)
        self.tokens = Tokens(clock=self.clock)
        self.codes = Codes(clock=self.clock)
        self.quotas = Quotas(clock=self.clock)
        self.chats = Chats(clock=self.clock)
        self.web_sign_ins = WebSignIns(clock=self.clock)
        self.sms = Sms(clock=self.clock)
        self.faults = Faults()
        self.pushes = Pushes(clock=self.clock, faults=self.faults)

    def reset(self) -> None:
        """As on the first day: everything but the account book is gone."""
        for noun in (
            self.clock,
            self.people,
            self.followers,
            self.menus,
            self.qr_codes,
            self.tokens,
            self.codes,
            self.quotas,
            self.chats,
            self.web_sign_ins,
            self.sms,
            self.faults,
            self.pushes,
        ):
            noun.reset()
