"""Registering an accepted application: pre-checked anew, granted, written down, all in the caller's transaction."""

from datetime import datetime

from muniment.rights.registry.models import Application
from muniment.rights.registry.rules.standing import Act, State, next_state
from muniment.rights.registry.services.acts import Told, move, newest_statement, passed_by, procedure_of, profile_of
from muniment.rights.registry.services.checking import require_ready
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.registrations import grant
from muniment.trust.access.rules import Actor, require_second_person


def register(application: Application, act: Act, *, actor: Actor, at: datetime, leaves: Leaves) -> Application:
    """Grant what a locked application asks for; `act` is REGISTER or CLOSE_PUBLICITY.

    Raises:
        NotNow: it is not accepted.
        SamePerson: the profile asks for two persons, and the actor alone passed all stages.
        NotReady: the pre-check finds an error by now, such as a source contract that has ended.
        UserError: `registrations.grant` refuses.
    """
    next_state(State(application.state), act)
    if procedure_of(application).needs_second_person:
        passed = set(passed_by(application))
        require_second_person(passed.pop() if len(passed) == 1 else "", actor)
    rules, statement = profile_of(application), newest_statement(application)
    require_ready(statement, rules, application, day_of(at))
    granted = grant(actor=actor, at=at, application=application, statement=statement, profile=rules, leaves=leaves)
    application.registration_number = granted.registration_number
    application.decided_at, application.due_on = at, None
    told = Told(facts={"certificate": granted.certificate_number})
    return move(application, act, actor=actor, at=at, leaves=leaves, told=told)
