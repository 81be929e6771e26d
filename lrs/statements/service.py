"""The Statement service of one process: its clock, its writer, its reader."""

from __future__ import annotations

from lrs.auth.bearer import BearerTokens
from lrs.auth.client_tokens import ClientTokens
from lrs.auth.held import HeldCredentials
from lrs.auth.last_uses import LastUses
from lrs.auth.learner_tokens import LearnerTokens
from lrs.auth.limits import RequestLimit
from lrs.auth.lti.deep_links import DeepLinks
from lrs.auth.lti.launching import LtiLaunches
from lrs.auth.openid.code_flow import CodeFlow
from lrs.auth.openid.tokens import OpenIdTokens
from lrs.auth.refusals import RefusalCounts
from lrs.auth.sessions import Sessions
from lrs.auth.sign_in_links import SignInLinks
from lrs.auth.sign_ins import SignIns
from lrs.auth.tokens import token_secret
from lrs.config import Settings
from lrs.mail import MailSender
from lrs.statements.querying import StatementReader
from lrs.statements.storing import StatementWriter
from lrs.storage.database import Database
from lrs.storage.statements.sweeping import Sweeper
from lrs.storage.stored_time import StoredClock


class StatementService:
    """All that one process needs to store and query Statements. `start` it once, `stop` it at the end."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.clock = StoredClock(database)
        self._sweeper = Sweeper(database)
        held = HeldCredentials(database)
        self.sign_ins = SignIns(database, held, settings.max_failed_sign_ins)
        self.sessions = Sessions(database, held)
        self.mail = MailSender(settings)
        secret = token_secret(database, settings.secret_key)
        self.learner_tokens = LearnerTokens(database, held, secret)
        self.client_tokens = ClientTokens(secret, held, settings.client_token_s)
        self.last_uses = LastUses(database)
        self.request_limit = RequestLimit(database, settings.max_requests_per_s, costs=settings.request_costs)
        self.learner_limit = RequestLimit(
            database, settings.max_learner_requests_per_s, costs=settings.request_costs, free_share=4
        )
        self.refusals = RefusalCounts(database)
        self.writer = StatementWriter(database, settings, self.clock)
        self.openid_tokens = OpenIdTokens(database, self.writer.pseudonyms)
        self.code_flow = CodeFlow(database, self.openid_tokens, secret)
        self.lti_launches = LtiLaunches(database, self.writer.pseudonyms, secret)
        self.lti_links = DeepLinks(database, secret)
        self.sign_in_links = SignInLinks(database, self.writer.pseudonyms)
        self.bearer_tokens = BearerTokens((self.learner_tokens, self.client_tokens, self.openid_tokens))
        self.disk_space = self.writer.disk_space
        self.reader = StatementReader(database, settings, self.clock)

    def start(self) -> None:
        """Join the processes that give out `stored` times; clear up after those that died."""
        self._sweeper.start()
        self.clock.start()
        self.database.usage.start()
        self.writer.definitions.start()
        self.openid_tokens.start()

    def stop(self) -> None:
        """Leave them."""
        self.refusals.stop()
        self.last_uses.stop()
        self.mail.stop()
        self._sweeper.stop()
        self.writer.definitions.stop()
        self.clock.stop()
        self.database.usage.stop()
