"""The state of the sandbox."""

from sandbox.access_tokens import AccessTokens
from sandbox.accounts import Accounts
from sandbox.alipay import Alipay
from sandbox.alipay_apps import Apps
from sandbox.alipay_cards import AlipayCards
from sandbox.alipay_notices import AlipayNotices
from sandbox.chats import Chats
from sandbox.clock import Clock
from sandbox.config import Config
from sandbox.faults import Faults
from sandbox.followers import Followers
from sandbox.held_cards import HeldCards
from sandbox.json_file import JsonFile
from sandbox.life_accounts import LifeAccounts
from sandbox.login_codes import LoginCodes
from sandbox.mails import Mails
from sandbox.menus import Menus
from sandbox.message_events import MessageEvents
from sandbox.message_quotas import MessageQuotas
from sandbox.oauth import OAuthSessions
from sandbox.payment_history import PaymentHistory
from sandbox.payment_notices import PaymentNotices
from sandbox.payouts import Payouts
from sandbox.people import People
from sandbox.pushes import Pushes
from sandbox.qr_codes import QrCodes
from sandbox.shared_links import SharedLinks
from sandbox.sms import Sms
from sandbox.sms_reports import SmsReports
from sandbox.subscriptions import Subscriptions
from sandbox.template_inboxes import TemplateInboxes
from sandbox.trade_events import TradeEvents
from sandbox.wallets import Wallets
from sandbox.wechat_cards import WeChatCards
from sandbox.wechat_pay import WeChatPay
from sandbox.wechat_pay_authorization import WeChatPayAuthorization
from sandbox.wechat_pay_merchants import Merchants
from sandbox.wechat_pay_notices import WeChatPayNotices
from sandbox.wechat_pay_refunds import WeChatPayRefunds


class SandboxState:
    def __init__(self, config: Config, *, clock: Clock | None = None) -> None:
        folder = config.accounts_file.parent
        self.sms_key = config.sms_key
        self.clock = clock or Clock(JsonFile(folder / "clock.json"))
        self.accounts = Accounts(JsonFile(config.accounts_file))
        self.people = People()
        self.followers = Followers(file=JsonFile(folder / "followers.json"), clock=self.clock)
        self.menus = Menus(file=JsonFile(folder / "menus.json"))
        self.qr_codes = QrCodes(file=JsonFile(folder / "qr_codes.json"), clock=self.clock)
        self.access_tokens = AccessTokens(clock=self.clock)
        self.login_codes = LoginCodes(clock=self.clock)
        self.message_quotas = MessageQuotas(clock=self.clock)
        self.chats = Chats(clock=self.clock)
        self.oauth_sessions = OAuthSessions(clock=self.clock)
        self.sms_reports = SmsReports()
        self.sms = Sms(clock=self.clock, reports=self.sms_reports)
        self.mails = Mails(clock=self.clock)
        self.shared_links = SharedLinks(clock=self.clock)
        self.wallets = Wallets(clock=self.clock)
        self.faults = Faults()
        self.pushes = Pushes(clock=self.clock, faults=self.faults)
        self.subscriptions = Subscriptions()
        self.template_inboxes = TemplateInboxes(clock=self.clock)
        self.message_events = MessageEvents(clock=self.clock, chats=self.chats, pushes=self.pushes)
        self.trade_events = TradeEvents(clock=self.clock, pushes=self.pushes)
        self.payment_notices = PaymentNotices(clock=self.clock, faults=self.faults)
        self._add_wechat_pay(Merchants(JsonFile(folder / "wechat_pay_merchants.json")))
        self._add_alipay(Apps(JsonFile(folder / "alipay_apps.json")))
        self._add_cards()
        self.payment_history = PaymentHistory(
            wallets=self.wallets, wechat_pay=self.wechat_pay, alipay=self.alipay
        )

    def _add_alipay(self, apps: Apps) -> None:
        self.alipay = Alipay(
            clock=self.clock,
            apps=apps,
            people=self.people,
            wallets=self.wallets,
            notices=AlipayNotices(clock=self.clock, notices=self.payment_notices),
        )
        self.life_accounts = LifeAccounts(
            people=self.people, followers=self.followers, chats=self.chats, menus=self.menus,
            quotas=self.message_quotas, codes=self.qr_codes,
        )  # fmt: skip

    def _add_cards(self) -> None:
        self.held_cards = HeldCards()
        self.wechat_cards = WeChatCards(
            clock=self.clock, accounts=self.accounts, people=self.people, events=self.message_events,
            held=self.held_cards,
        )  # fmt: skip
        self.alipay_cards = AlipayCards(
            apps=self.alipay.apps, people=self.people, notices=self.alipay.notices, held=self.held_cards
        )

    def _add_wechat_pay(self, merchants: Merchants) -> None:
        notices = WeChatPayNotices(clock=self.clock, notices=self.payment_notices)
        self.wechat_pay_authorization = WeChatPayAuthorization(clock=self.clock, merchants=merchants)
        self.wechat_pay = WeChatPay(
            clock=self.clock, merchants=merchants, wallets=self.wallets, notices=notices
        )
        self.wechat_pay_refunds = WeChatPayRefunds(
            clock=self.clock, payments=self.wechat_pay, wallets=self.wallets, notices=notices
        )
        self.payouts = Payouts(
            clock=self.clock, people=self.people, merchants=merchants, wallets=self.wallets, notices=notices
        )

    def reset(self) -> None:
        """Delete everything except the accounts, merchants and apps."""
        for part in (
            self.clock,
            self.people,
            self.followers,
            self.menus,
            self.qr_codes,
            self.access_tokens,
            self.login_codes,
            self.message_quotas,
            self.chats,
            self.oauth_sessions,
            self.sms_reports,
            self.sms,
            self.mails,
            self.shared_links,
            self.wallets,
            self.faults,
            self.pushes,
            self.subscriptions,
            self.template_inboxes,
            self.payment_notices,
            self.wechat_pay_authorization,
            self.wechat_pay,
            self.payouts,
            self.alipay,
            self.held_cards,
            self.wechat_cards,
            self.alipay_cards,
            self.life_accounts,
        ):
            part.reset()
