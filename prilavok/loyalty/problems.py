"""Why a coupon, a programme or a promotion cannot be as it was asked for, in words."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem
from prilavok.loyalty.faults import Fault


class BadPeriod(Problem):
    code = "bad_period"
    message = _(
        "A period begins before it ends, is at most %(most)s days long and lies between the years 2000 and 2100."
    )


class NoControlGroup(Problem):
    code = "no_control_group"
    status = 404
    message = _("This promotion has no control group: what it brought cannot be known.")


class CodeTaken(Problem):
    code = "code_taken"
    message = _("The code “%(taken)s” exists already. Choose another one.")


class BadCardKind(Problem):
    """No number can look like this, or a number could be of two kinds."""

    code = "bad_card_kind"


class BadAward(Problem):
    """Points that cannot be given like this: the field says why."""

    code = "bad_award"


class NumbersShort(Problem):
    code = "numbers_short"
    message = _("Only %(left)s numbers of this kind are left. Make fewer, or a kind with longer numbers.")


class BadNumbers(Problem):
    code = "bad_card_numbers"
    message = _(
        "These are no numbers of “%(kind)s”: %(numbers)s. Look at the prefix, the length, the check digit."
    )


class UnknownCard(Problem):
    code = "unknown_card"
    status = 404
    message = _("There is no card %(number)s. Look at the number, or add it to the stock first.")


class CardIsOut(Problem):
    code = "card_is_out"
    status = 409
    message = _("The card %(number)s is somebody's already. Take another one from the stock.")


class WrongCardState(Problem):
    code = "card_state"
    status = 409
    message = _("The card %(number)s is “%(state)s”: this cannot be done with it.")


class StatusInUse(Problem):
    code = "card_status_in_use"
    status = 409
    message = _(
        "Cards of this status: %(number)s. Promotions that ask for it: %(promotions)s. Change them first."
    )


class CardIsHeld(Problem):
    code = "card_is_held"
    status = 409
    message = _("The card %(number)s was issued by a loyalty programme. Block or replace it on its own page.")


class AnotherProgramme(Problem):
    code = "another_programme"
    message = _("The card %(number)s belongs to another programme. Take a card of the same programme.")


class NotOfAccount(Problem):
    code = "not_of_account"
    message = _("This customer has no part in that account. Choose one of their own, or of their household.")


class ProgrammeOver(Problem):
    code = "programme_over"
    message = _("The programme “%(name)s” has ended: no cards are issued in it.")


class BadTier(Problem):
    """What a tier asks contradicts itself or another tier."""

    code = "bad_tier"


class TierInUse(Problem):
    code = "tier_in_use"
    status = 409
    message = _("Accounts in this tier: %(number)s. Move them to another tier first, then remove it.")


class TierNamed(Problem):
    code = "tier_named"
    status = 409
    message = _("Promotions ask for this tier: %(promotions)s. Change or end them first.")


class BadGift(Problem):
    """What is to be given, or to whom, cannot be."""

    code = "bad_gift"


class GiftIsBack(Problem):
    code = "gift_is_back"
    status = 409
    message = _("This gift was taken back already.")


class GiftOfPurchase(Problem):
    code = "gift_of_purchase"
    status = 409
    message = _("This gift came with a purchase: return its line of the receipt, and the gift is back too.")


class BadGiftKind(Problem):
    """What a kind of gift cards asks contradicts itself or another kind."""

    code = "bad_gift_kind"


class BadGiftNumbers(Problem):
    code = "bad_gift_numbers"
    message = _(
        "Row %(place)s cannot be a card of this kind: look at the number, at its check digit and at the PIN. "
        "Nothing was taken."
    )


class UnknownGiftCard(Problem):
    """No card has this number, or the PIN is another one: which of both is not told."""

    code = "unknown_gift_card"
    message = _("There is no gift card with this number and PIN. Look at both, and type them again.")


class WrongGiftState(Problem):
    code = "gift_card_state"
    status = 409
    message = _("The gift card %(number)s is “%(state)s”: this cannot be done with it.")


class BadGiftAmount(Problem):
    code = "bad_gift_amount"


class GiftCardShort(Problem):
    code = "gift_card_short"
    status = 409
    more = ("balance",)
    message = _("On the gift card %(number)s there are only %(balance)s. Take that, and the rest otherwise.")


class GiftCardTwice(Problem):
    code = "gift_card_twice"
    message = _("The gift card %(number)s is named twice. Name it once, with the whole amount.")


class BadReferralTerms(Problem):
    """What is given for friends contradicts itself."""

    code = "bad_referral_terms"


class SeriesClosedAlready(Problem):
    code = "series_closed"
    message = _("The series “%(name)s” is closed: no codes can be issued.")


class BadTerms(Problem):
    """The terms of a series contradict each other."""

    code = "bad_terms"


class TooMany(Problem):
    code = "too_many_codes"
    message = _("At most %(most)s codes can be made at once.")


class BadPolicies(Problem):
    code = "bad_policies"
    message = _("The programme cannot reckon like this: %(told)s.")


class ProgrammeThere(Problem):
    code = "programme_there"
    message = _("There is a programme in force for this brand. End that one first.")


class BadCorrection(Problem):
    """A correction that moves nothing or says nothing."""

    code = "bad_correction"


class EmployeesOnly(Problem):
    """A token or the system itself would be a pair of eyes that nobody looks through."""

    code = "employees_only"
    status = 403
    message = _("Corrections are proposed and decided by employees. Log in as one.")


class OwnCorrection(Problem):
    code = "own_correction"
    status = 403
    message = _("You proposed this correction yourself: ask a colleague to approve it.")


class CorrectionDecided(Problem):
    code = "correction_decided"
    status = 409
    message = _("This correction was decided before. Propose another one if something is still wrong.")


class AccountClosed(Problem):
    code = "account_closed"
    status = 409
    message = _("This account is closed. Choose another one.")


class TooFewPoints(Problem):
    code = "too_few_points"
    message = _("There are fewer points on the account than that. Reject it, and propose a smaller amount.")


class NoTransfer(Problem):
    """Points don't go there, or not as many."""

    code = "no_transfer"


class BadLine(Problem):
    code = "bad_line"
    message = _("Say either the price of a piece or what the line costs, one of them.")


class ClockIsWrong(Problem):
    code = "clock_is_wrong"
    message = _("The till's clock is more than a day off. Set it right and reckon again.")


class UnknownCalculation(Problem):
    code = "unknown_calculation"
    status = 409
    message = _("This reckoning is not known, or too old. Reckon the basket again and commit the new one.")


class CannotCommit(Problem):
    """Something that the reckoning stood on is gone: points, a code, a limited promotion."""

    code = "reckon_again"
    status = 409
    more = ("because",)


WHY_NOT = {
    "points": _("The points were spent elsewhere meanwhile. Reckon the basket again."),
    "coupon": _("The code %(what)s was used elsewhere meanwhile. Reckon the basket again."),
    "limit": _("The promotion “%(what)s” is used up meanwhile. Reckon the basket again."),
    "first": _(
        "“%(what)s” is for a first purchase; the customer has bought meanwhile. Reckon the basket again."
    ),
}


class CardsWereSold(Problem):
    code = "gift_cards_sold"
    status = 409
    message = _(
        "Gift cards were sold by this receipt: %(numbers)s. Take them back first; the rest of a used one can only be "
        "spent, or given in money."
    )


class NothingToReturn(Problem):
    code = "nothing_to_return"
    status = 409
    message = _("Everything on this receipt was returned before.")


class BadPromotion(Problem):
    """What is written can't be, or names what isn't there. `faults`: all places with their words."""

    code = "bad_promotion"
    more = ("faults",)

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = [{"field": one.place, "message": one.words} for one in faults]
        super().__init__("%(words)s", field=faults[0].place, words=faults[0].words, faults=told)
        self.faults = list(faults)


class WrongTurn(Problem):
    """A draft cannot be paused, what has ended cannot be changed."""

    code = "wrong_turn"
    status = 409
    message = _("This cannot be done with a promotion that is “%(state)s”.")


class NothingWaits(Problem):
    code = "nothing_waits"
    status = 409
    message = _("Version %(version)s does not wait for approval. Look which one does.")


class NoReason(Problem):
    code = "no_reason"
    message = _("Say what has to be changed.")


class OwnWork(Problem):
    code = "own_work"
    message = _("Somebody else must approve what you wrote.")


class TimeOver(Problem):
    code = "time_over"
    message = _("Its last day has passed already. Move it, then send the promotion again.")


class UnknownGoods(Problem):
    code = "unknown_product"
    message = _("The catalog has no product with the code “%(product)s”.")
