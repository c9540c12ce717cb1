"""Where an application stands and what leads where."""

import pytest

from muniment.rights.registry.rules.standing import FINAL_STATES, Act, NotNow, State, acts_in, next_state


def test_the_road_to_a_registration() -> None:
    state = State.DRAFT
    for act in (Act.SUBMIT, Act.TAKE, Act.ASK_CORRECTION, Act.ANSWER_CORRECTION, Act.PASS_STAGE):
        state = next_state(state, act)
    assert state is State.EXAMINATION
    state = next_state(state, Act.PASS_STAGE, is_last=True)
    assert state is State.ACCEPTED
    for act in (Act.PUBLISH, Act.OBJECT, Act.REPLY, Act.DECIDE_OBJECTION, Act.CLOSE_PUBLICITY):
        state = next_state(state, act)
    assert state is State.REGISTERED


def test_where_there_is_no_publicity_it_is_registered_at_once() -> None:
    assert next_state(State.ACCEPTED, Act.REGISTER) is State.REGISTERED


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
@pytest.mark.parametrize("act", list(Act))
def test_nothing_leaves_a_final_state(state: State, act: Act) -> None:
    with pytest.raises(NotNow, match="make a new one"):
        next_state(state, act)


def test_what_does_not_fit_says_what_does() -> None:
    with pytest.raises(NotNow) as refused:
        next_state(State.SUBMITTED, Act.PUBLISH)
    assert str(refused.value) == (
        "An application at submitted allows no publish. What can be done now: take, withdraw."
    )


def test_what_can_be_done_is_what_is_not_refused() -> None:
    for state in State:
        for act in set(Act) - {Act.SETTLE}:
            if act in acts_in(state):
                assert next_state(state, act) in State
            else:
                with pytest.raises(NotNow):
                    next_state(state, act)


def test_every_state_is_reached_and_every_open_one_can_be_withdrawn() -> None:
    reached = {State.DRAFT, next_state(State.EXAMINATION, Act.PASS_STAGE, is_last=True)}
    reached |= {next_state(state, act) for state in State for act in acts_in(state)}
    assert reached == set(State)
    assert all(Act.WITHDRAW in acts_in(state) for state in State if state not in FINAL_STATES)
