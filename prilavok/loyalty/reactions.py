"""What loyalty does when others tell."""

from prilavok.customers.events import CustomerErased, CustomersMerged
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.journal import reacts_in_batches, reacts_to
from prilavok.loyalty import actions
from prilavok.orders.events import ReceiptPaid, ReceiptReturned
from prilavok.segments.events import EnteredSegment, LeftSegment, PeopleListed, SegmentDrawn


@reacts_to(ReceiptPaid)
def use_coupons(event: ReceiptPaid) -> None:
    if event.coupons:
        actions.use_on_receipt(event.receipt_id, event.coupons, cause=event.id, by=SYSTEM, at=event.at)


@reacts_to(ReceiptPaid)
def bring_friend(event: ReceiptPaid) -> None:
    if event.coupons and event.customer:
        actions.bring_friend(event.receipt_id, event.coupons, by=SYSTEM, at=event.at)


@reacts_to(ReceiptReturned)
def settle_return(event: ReceiptReturned) -> None:
    actions.settle_return(event.receipt_id, by=SYSTEM, at=event.at)


@reacts_to(ReceiptReturned)
def undo_friend(event: ReceiptReturned) -> None:
    if event.original_id and event.customer:
        actions.undo_friend(event.original_id, by=SYSTEM, at=event.at)


@reacts_in_batches(ReceiptPaid, ReceiptReturned)
def look_at_tiers(events: list[ReceiptPaid | ReceiptReturned]) -> None:
    buyers = {event.customer for event in events if event.customer}
    actions.look_at_buyers(buyers, at=max(event.at for event in events))


@reacts_in_batches(CustomersMerged)
def look_at_tiers_of_merged(events: list[CustomersMerged]) -> None:
    """What each record bought counts together from now on."""
    actions.look_at_buyers({event.profile_id for event in events}, at=max(event.at for event in events))


@reacts_in_batches(EnteredSegment, LeftSegment)
def look_at_tiers_of_members(events: list[EnteredSegment | LeftSegment]) -> None:
    people = {event.customer for event in events if event.customer}
    actions.look_at_members(
        {event.segment_id for event in events}, people, at=max(event.at for event in events)
    )


@reacts_to(PeopleListed)
def look_at_tiers_of_listed(event: PeopleListed) -> None:
    actions.look_at_members([event.segment_id], event.profile_ids, at=event.at)


@reacts_to(SegmentDrawn)
def look_at_tiers_of_segment(event: SegmentDrawn) -> None:
    actions.look_at_drawn(event.segment_id)


@reacts_to(CustomerErased, consumer="loyalty.erasing")  # waits for no receipt
def forget_the_erased(event: CustomerErased) -> None:
    actions.forget_corrections(profile_ids=event.profiles, by=SYSTEM)
    actions.forget_cards(event.profiles, by=SYSTEM, at=event.at)
    actions.forget_gift_cards(event.profiles, by=SYSTEM)
    actions.forget_referral_codes(event.profiles, by=SYSTEM)
    actions.forget_attempts(event.profiles, by=SYSTEM)
