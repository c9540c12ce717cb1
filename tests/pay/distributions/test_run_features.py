"""Small invented runs from the usage file to the books, one for each thing that a policy can say; worked by hand.

Each run is divided again in SQL and replayed; see `House.compute`.
"""

from datetime import UTC, datetime

import pytest

from muniment.pay.distributions.queries import list_allocations, pools_of
from muniment.pay.distributions.rules import UnknownUseKind
from muniment.pay.distributions.services.borrowing import NoFee
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.queries.reports import balance_by
from muniment.trust.ledger.rules import deduction, held
from muniment.trust.ledger.rules.dimensions import dimensions_named
from tests.pay.distributions.house import PLAIN_POINTS, House

pytestmark = pytest.mark.django_db

RADIO = "radio/ALL/2026-Q3"
ONE = 1_000_000
"""A whole unit of a currency, in micro-units."""


@pytest.fixture
def house(tmp_path, settings):
    folder = tmp_path / "files"
    folder.mkdir()
    built = House(folder, settings.MUNIMENT_HOME / "policies")
    built.work("Song of the Well", ("Aigul Serik", "CA", 100))
    built.work("Night Market", ("Bilal Khan", "CA", 100))
    return built


def test_stations_and_times_of_day_weigh_uses(house):
    """North counts twice, nights a half: 60 s at night in the North 60, by day 120, by day in the South 60 of 240."""
    house.policy(
        PLAIN_POINTS
        + """
[points.station_weight]
RADIO-NORTH = 2
radio-south = 1
[[points.time_weights]]
from = "00:00"
to = "06:00"
weight = "0.5"
[[points.time_weights]]
from = "06:00"
to = "24:00"
weight = 1
"""
    )
    house.receive(RADIO, 240)
    head = "title,performer,played at,duration\n"
    house.usage(
        RADIO,
        "RADIO-NORTH",
        head + "Song of the Well,Aigul Serik,2026-07-01 03:00,1:00\nNight Market,Bilal Khan,2026-07-01 12:00,1:00\n",
    )
    house.usage(RADIO, "RADIO-SOUTH", head + "Song of the Well,Aigul Serik,2026-07-02 6:00 AM,1:00\n")
    house.post(house.draft(RADIO))
    assert house.paid() == {"Aigul Serik": 120 * ONE, "Bilal Khan": 120 * ONE}


def test_a_station_without_a_weight_and_a_use_without_a_time_are_named(house):
    house.policy(PLAIN_POINTS + "[points.station_weight]\nRADIO-NORTH = 2\n")
    house.receive(RADIO, 240)
    text = "title,performer,date,duration\nNight Market,Bilal Khan,2026-07-01,1:00\n"
    report_id = house.usage(RADIO, "RADIO-WEST", text)
    with pytest.raises(UnknownUseKind, match="no weight to the station 'RADIO-WEST'"):
        house.compute(house.draft(RADIO))
    house.policy(PLAIN_POINTS + '[[points.time_weights]]\nfrom = "00:00"\nto = "24:00"\nweight = 1\n')
    with pytest.raises(UnknownUseKind, match=f"Use 1 of usage report {report_id} has no time of day"):
        house.compute(house.draft(RADIO))


def test_steps_a_cap_and_a_rounding_count_for_whole_works(house):
    """Well: 250 s are 100 + 75 = 175, capped at 158, up to 160. Market: 72 s up to 80. EUR 240 by 160 to 80."""
    house.policy(
        PLAIN_POINTS.replace("[points.use_weight]", 'event_cap = 158\nround = "up to 10"\n[points.use_weight]')
        + '[[points.degressive]]\nabove_units = 100\nweight = "0.5"\n'
    )
    house.receive(RADIO, 240)
    house.usage(
        RADIO,
        "RADIO-NORTH",
        "title,performer,date,duration\nSong of the Well,Aigul Serik,2026-07-01,2:05\n"
        "Song of the Well,Aigul Serik,2026-08-02,2:05\nNight Market,Bilal Khan,2026-07-01,1:12\n",
    )
    run = house.post(house.draft(RADIO))
    assert house.paid() == {"Aigul Serik": 160 * ONE, "Bilal Khan": 80 * ONE}
    assert [row.points for row in list_allocations(run.id, limit=9).rows] == [16, 8]


# ---- splits before points ----


def test_performers_by_head(house):
    """GBP 1,000 less 15 % is 850: 425 for the owner; of 425 the featured 65/72 and the other 7/72."""
    house.work("Harbour", ("Label Records", "RO", 50), ("Dana Featured", "FP", 30), ("Emre Session", "NP", 20))
    code = "recordings/PPL/2026-Q3"
    house.receive(code, 1_000, "GBP")
    house.usage(code, "PPL", "title,work code,date,duration\nHarbour,W-HARBOUR,2026-07-01,3:00\n")
    house.post(house.draft(code, policy="performers", currency="GBP"))
    assert house.paid("GBP") == {
        "Label Records": 425 * ONE,
        "Dana Featured": 383_680_555,
        "Emre Session": 41_319_445,
    }


def test_digital_with_funds_and_a_letter_of_direction(house):
    """USD 10,000 less 5 % is 9,500: two funds of 237.50, the owner 4,750, artists 4,275, of it 3 in 15."""
    house.work("Harbour", ("Label Records", "RO", 50), ("Dana Featured", "FP", 40), ("Producer Paul", "FP", 10))
    code = "digital/WEBRADIO/2026-Q3"
    house.receive(code, 10_000, "USD")
    house.usage(code, "WEBRADIO", "title,work code,date,plays\nHarbour,W-HARBOUR,2026-07-01,400\n")
    run = house.post(house.draft(code, policy="digital", currency="USD"))
    assert balance(deduction("musicians_fund"), "USD") == balance(deduction("vocalists_fund"), "USD") == 237_500_000
    assert house.paid("USD") == {
        "Label Records": 4_750 * ONE,
        "Dana Featured": 3_420 * ONE,
        "Producer Paul": 855 * ONE,
    }
    (pool,) = pools_of(run.id)
    assert [(taken.account, taken.base) for taken in pool.deductions] == [
        ("administration", "gross"),
        ("musicians_fund", "split"),
        ("vocalists_fund", "split"),
    ]


def test_literary_works_by_pictures(house):
    """EUR 1,000 less 6 % and 10 % is 846, by two points each 423: authors 327.825, publishers 95.175 or they wait."""
    house.work("Atlas of Rivers", ("Author Anna", "A", 60), ("Press House", "E", 40))
    house.work("Lone Poem", ("Author Omar", "A", 100))
    code = "copying/LIBRARIES/2026-Q3"
    house.receive(code, 1_000)
    house.usage(
        code,
        "CLAIM-ANNA",
        "title,work code,date,count,use\nAtlas of Rivers,W-ATLAS-OF-RIVERS,2026-07-01,2,picture\n"
        "Lone Poem,W-LONE-POEM,2026-07-01,1,full page picture\n",
    )
    run = house.post(house.draft(code, policy="literary"))
    assert house.paid() == {"Author Anna": 327_825_000, "Press House": 95_175_000, "Author Omar": 327_825_000}
    assert balance(held("UNCLAIMED", f"run-{run.number}-pool-1"), "EUR") == 95_175_000


# ---- whose usage divides ----


def test_an_analogy_with_two_pools(house):
    """CHF 1,000 less two deductions is 807.50: 565.25 as the stations, 242.25 as the small stations."""
    stations, small, shops = "radio/KVARTS/2026-Q3", "small-radio/TAU/2026-Q3", "background/BAZAR/2026-Q3"
    head = "title,performer,date,duration\n"
    house.usage(stations, "KVARTS", head + "Song of the Well,Aigul Serik,2026-07-01,3:00\n")
    house.usage(small, "TAU", head + "Night Market,Bilal Khan,2026-07-01,1:00\n")
    house.receive(shops, 1_000, "CHF")
    house.post(house.draft(shops, policy="radio", currency="CHF"))
    assert house.paid("CHF") == {"Aigul Serik": 565_250_000, "Bilal Khan": 242_250_000}


def test_a_market_share_goes_by_what_other_pools_come_to(house):
    """900 and 300 in the reference pools: of 80 unclaimed 60 go by the usage of the one, 20 by that of the other."""
    house.policy(
        PLAIN_POINTS
        + """
[[pools]]
name = "one"
kind = "census"
funds = ["one/*"]
[[pools]]
name = "two"
kind = "census"
funds = ["two/*"]
[[pools]]
name = "unclaimed"
kind = "market_share"
funds = ["unclaimed/*"]
on = ["one", "two"]
"""
    )
    head = "title,performer,date,duration\n"
    house.usage("one/A/2026-Q3", "A", head + "Song of the Well,Aigul Serik,2026-07-01,3:00\n")
    house.usage("two/B/2026-Q3", "B", head + "Night Market,Bilal Khan,2026-07-01,1:00\n")
    for code, amount in (("one/A/2026-Q3", 900), ("two/B/2026-Q3", 300), ("unclaimed/OLD/2023", 80)):
        house.receive(code, amount)
    house.post(house.draft("one/A/2026-Q3", "two/B/2026-Q3", "unclaimed/OLD/2023"))
    assert house.paid() == {"Aigul Serik": 960 * ONE, "Bilal Khan": 320 * ONE}


def test_a_sample_is_raised_by_strata_and_by_how_often(house):
    """A bar is 12, a club 5; two reports count 0.168400, three 0.181171: EUR 80 by 4,041,600 to 2,717,565."""
    code = "live/CITY/2026-Q3"
    house.receive(code, 100)
    head = "title,performer,date,count\n"
    house.usage(code, "BAR-MOON", head + "Song of the Well,Aigul Serik,2026-07-01,2\n")
    house.usage(code, "CLUB-9", head + "Night Market,Bilal Khan,2026-07-01,3\n")
    house.post(house.draft(code, policy="live-sample"))
    assert house.paid() == {"Aigul Serik": 47_835_494, "Bilal Khan": 32_164_506}


def test_two_concerts_by_the_points_of_their_fees(house):
    """Fees of 1,750 and 120 kroner are 1,800 and 1,000 points: of NOK 1,000 less 12 % 565.714286 and 314.285714."""
    code = "concert/HALL/2026-Q3"
    house.receive(code, 1_000, "NOK")
    head = "title,performer,date,duration,fee\n"
    house.usage(code, "HALL-1", head + "Song of the Well,Aigul Serik,2026-07-01,3:00,1750\n", currency="NOK")
    house.usage(code, "HALL-2", head + "Night Market,Bilal Khan,2026-07-02,5:00,120\n", currency="NOK")
    house.post(house.draft(code, policy="setlist", currency="NOK"))
    assert house.paid("NOK") == {"Aigul Serik": 565_714_286, "Bilal Khan": 314_285_714}


def test_a_concert_without_a_fee_among_others_is_named(house):
    code = "concert/HALL/2026-Q3"
    house.receive(code, 1_000, "NOK")
    head = "title,performer,date,duration,fee\n"
    house.usage(code, "HALL-1", head + "Song of the Well,Aigul Serik,2026-07-01,3:00,1750\n", currency="NOK")
    report_id = house.usage(code, "HALL-2", "title,performer,date\nNight Market,Bilal Khan,2026-07-02\n")
    with pytest.raises(NoFee, match=f"Usage report {report_id} names no fee in NOK"):
        house.compute(house.draft(code, policy="setlist", currency="NOK"))


def test_a_part_waits_for_missing_set_lists(house):
    """Of EUR 100 a fifth waits for each of two set lists that did not come; the other 60 are divided."""
    code = "concert/FESTIVAL/2026-Q3"
    house.policy(
        PLAIN_POINTS + '[[pools]]\nname = "events"\nkind = "direct"\nfunds = ["concert/*"]\nwithhold = "20 %"\n'
    )
    house.receive(code, 100)
    house.usage(code, "FESTIVAL", "title,performer,date\nNight Market,Bilal Khan,2026-07-02\n")
    run = house.post(house.draft(code, missing={code: 2}))
    assert house.paid() == {"Bilal Khan": 60 * ONE}
    assert balance(held("MISSING_REPORT", f"run-{run.number}-pool-1"), "EUR") == 40 * ONE


def test_claims_have_a_least_amount_and_a_last_day(house):
    """EUR 100 by 1 and 19 pictures would be 5 and 95; each gets at least 10. A claim of April came too late."""
    house.work("Late Work", ("Too Late", "CA", 100))
    code = "copying/ALL/2026-Q3"
    house.policy(
        PLAIN_POINTS.replace('duration_rule = "second"', 'duration_rule = "none"')
        + '[[pools]]\nname = "claims"\nkind = "claim_based"\nfunds = ["copying/*"]\nclaim_months = 6\n'
        + 'least_claim = { EUR = "10" }\n'
    )
    house.receive(code, 100)
    head = "title,performer,date,count\n"
    house.usage(code, "CLAIM-A", head + "Song of the Well,Aigul Serik,2026-07-01,1\n")
    house.usage(code, "CLAIM-B", head + "Night Market,Bilal Khan,2026-07-01,19\n")
    late = datetime(2027, 4, 1, 9, tzinfo=UTC)
    house.usage(code, "CLAIM-C", head + "Late Work,Too Late,2026-07-01,80\n", at=late)
    house.post(house.draft(code, at=late), late)
    assert house.paid() == {"Aigul Serik": 10 * ONE, "Bilal Khan": 90 * ONE}


# ---- who is paid ----


def test_the_least_amount_goes_by_country_and_month(house):
    """Each has GBP 45 coming: 30 are enough at home, 60 are not reached abroad; in December one pound is enough."""
    house.member("Cara Home", "GB")
    house.member("Dan Abroad", "FR")
    house.work("Home Song", ("Cara Home", "CA", 100))
    house.work("Foreign Song", ("Dan Abroad", "CA", 100))
    head = "title,performer,date,duration\n"
    text = head + "Home Song,Cara Home,2026-07-01,3:01\nForeign Song,Dan Abroad,2026-07-01,\n"
    december = datetime(2026, 12, 5, 9, tzinfo=UTC)
    for code, at in ((RADIO, datetime(2026, 10, 5, 9, tzinfo=UTC)), ("radio/MORE/2026-Q3", december)):
        house.receive(code, 90, "GBP")
        house.usage(code, "cymru" if at == december else "CYMRU", text + ("\n" if at == december else ""), at=at)
        run = house.post(house.draft(code, policy="stations", currency="GBP", at=at), at)
        waits = balance(held("BELOW_MIN", f"party-{house.members['Dan Abroad']}"), "GBP")
        assert (run.state, waits) == ("posted", 45 * ONE)
        if at != december:
            assert house.paid("GBP") == {"Cara Home": 45 * ONE}
    assert house.paid("GBP") == {"Cara Home": 90 * ONE, "Dan Abroad": 45 * ONE}


def test_postings_of_a_run_say_their_dimensions(house):
    """The trial balance by run, right, use, licensee and year has every amount of the run, and ties to zero."""
    house.policy(PLAIN_POINTS)
    house.receive(RADIO, 240)
    house.usage(RADIO, "N", "title,performer,date,duration\nNight Market,Bilal Khan,2026-07-01,1:00\n")
    run = house.post(house.draft(RADIO))
    rows = balance_by(dimensions_named("run,right,use,counterparty,collection_year"), currency="EUR")
    found = {row.values: (row.debit_micro, row.credit_micro) for row in rows}
    assert found[str(run.number), "PR", "radio", "ALL", "2026"] == (240 * ONE, 240 * ONE)
