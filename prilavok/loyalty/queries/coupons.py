"""Everything others may ask about coupons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum

from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.ledger import queries as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.models import (
    CodeAttempt,
    Coupon,
    CouponQuerySet,
    CouponSeries,
    CouponSeriesQuerySet,
    FreedUse,
    Redemption,
    RefusedUse,
    SeriesCategory,
    SeriesProduct,
)
from prilavok.loyalty.queries.given import AFTER

ZERO = Decimal(0)


def series(by: Actor) -> CouponSeriesQuerySet:
    """All series; page them by ("-made_at", "-id")."""
    by.must("loyalty.see")
    return CouponSeries.objects.all()


def get_series(public_id: UUID, by: Actor) -> CouponSeries:
    """One series. Raises CouponSeries.DoesNotExist."""
    return series(by).get(public_id=public_id)


def search_series(by: Actor, text: str, *, state: str, origin: str, at: datetime) -> CouponSeriesQuerySet:
    """Series by a part of the name or the beginning of the code, in a state, made here or imported."""
    found = series(by).in_state(state, at)
    if text.strip():
        found = found.filter(Q(name__icontains=text.strip()) | Q(code__istartswith=text.strip()))
    if origin:
        found = found.filter(imported=origin == "imported")
    return found


def series_names(ids: Collection[int]) -> dict[int, str]:
    return dict(CouponSeries.objects.filter(pk__in=ids).values_list("id", "name")) if ids else {}


def products_of(series_id: int) -> QuerySet[SeriesProduct]:
    """The products that a series is about; neither they nor categories: all of them."""
    return SeriesProduct.objects.filter(series=series_id).select_related("product").order_by("id")


def categories_of(series_id: int) -> QuerySet[SeriesCategory]:
    """The categories that a series is about, beside its products."""
    return SeriesCategory.objects.filter(series=series_id).select_related("category").order_by("id")


def find_code(typed: str, by: Actor) -> Coupon | None:
    """The coupon of a code however it was typed."""
    by.must("loyalty.see")
    return Coupon.objects.by_key([rules.code_key(typed)]).select_related("series").first()


def search_codes(series_id: int, by: Actor, text: str, *, used: str) -> CouponQuerySet:
    """Codes of a series: one by its code, or those used or not."""
    found = coupons(series_id, by)
    if text.strip():
        found = found.by_key([rules.code_key(text)])
    if used:
        found = found.used() if used == "yes" else found.unused()
    return found


def codes_for(
    profile_ids: Collection[int], *, cause: UUID | None = None, series_id: int | None = None
) -> dict[int, str]:
    """Each customer's latest code, issued for a cause or of a series; who has none is missing."""
    found = Coupon.objects.filter(profile__in=profile_ids)
    if cause is not None:
        found = found.filter(cause=cause)
    if series_id is not None:
        found = found.filter(series=series_id)
    rows = found.order_by("pk").values_list("profile_id", "code")
    return {profile: code for profile, code in rows if profile is not None}


@dataclass(frozen=True, slots=True)
class SeriesFigures:
    """How a series fares: uses issued and used, receipts with it, their revenue and what the coupons took off."""

    codes: int
    used_codes: int
    uses: int
    customers: int
    amount: Decimal
    revenue: Decimal

    @property
    def share(self) -> float | None:
        return self.used_codes / self.codes if self.codes else None


def figures(series_ids: Collection[int]) -> dict[int, SeriesFigures]:
    """Figures of each series, by three statements for any number."""
    codes = dict(Coupon.objects.filter(series__in=series_ids).values_list("series").annotate(Count("pk")))
    rows = (
        Redemption.objects.filter(coupon__series__in=series_ids)
        .values_list("coupon__series")
        .annotate(Count("coupon", distinct=True), Count("pk"), Count("profile", distinct=True), Sum("amount"))
    )
    used = {series_id: (codes_used, uses, people, off) for series_id, codes_used, uses, people, off in rows}
    revenue = _revenue(series_ids)
    return {
        one: SeriesFigures(codes.get(one, 0), *used.get(one, (0, 0, 0, ZERO)), revenue.get(one, ZERO))
        for one in series_ids
    }


def _revenue(series_ids: Collection[int]) -> dict[int, Decimal]:
    """Revenue of the receipts on which each series was used, each receipt once."""
    pairs = (
        Redemption.objects.filter(coupon__series__in=series_ids)
        .values_list("coupon__series", "receipt", "receipt__revenue")
        .distinct()
    )
    revenue: dict[int, Decimal] = {}
    for series_id, _, amount in pairs:
        revenue[series_id] = revenue.get(series_id, ZERO) + amount
    return revenue


def coupons(series_id: int, by: Actor) -> CouponQuerySet:
    """Codes of a series with how often and when each was last used; page them by ("-id",)."""
    by.must("loyalty.see")
    uses = Redemption.objects.filter(coupon=OuterRef("pk")).order_by().values("coupon")
    return (
        Coupon.objects.filter(series=series_id)
        .select_related("series", "profile")
        .annotate(
            used=Subquery(uses.annotate(n=Count("pk")).values("n")),
            last_used_at=Subquery(uses.annotate(last=Max("at")).values("last")),
        )
    )


def redemptions(by: Actor) -> QuerySet[Redemption]:
    """Uses in the shops of the actor's scope."""
    by.must("loyalty.see")
    found = Redemption.objects.select_related("coupon__series", "receipt__shop")
    return found if by.shops is None else found.filter(receipt__shop__in=by.shops)


def freed_uses(coupon_id: int, by: Actor) -> QuerySet[FreedUse]:
    """Uses of a coupon that were undone, in the shops of the actor's scope; the latest first."""
    by.must("loyalty.see")
    found = FreedUse.objects.filter(coupon=coupon_id).select_related("receipt__shop").order_by("-freed_at")
    return found if by.shops is None else found.filter(receipt__shop__in=by.shops)


def refusals(by: Actor) -> QuerySet[RefusedUse]:
    """Codes refused in the shops of the actor's scope."""
    by.must("loyalty.see")
    found = RefusedUse.objects.select_related("coupon__series", "receipt__shop")
    return found if by.shops is None else found.filter(receipt__shop__in=by.shops)


def attempts(by: Actor, text: str = "", *, reason: str = "") -> QuerySet[CodeAttempt]:
    """Codes tried in the shops of the actor's scope that are nobody's, or another's; page them by ("-at", "-id")."""
    by.must("loyalty.see")
    found = CodeAttempt.objects.select_related("coupon__series", "shop")
    if by.shops is not None:
        found = found.filter(shop__in=by.shops)
    if text.strip():
        found = found.filter(code__istartswith=rules.shown_code(text))
    return found.filter(reason=reason) if reason else found


def numbers_of_profiles(profile_ids: Collection[int]) -> dict[int, int]:
    """How many codes each profile holds or has used; profiles without any are missing."""
    counted = Coupon.objects.filter(profile__in=profile_ids).values("profile").annotate(number=Count("pk"))
    return dict(counted.values_list("profile", "number"))


def archived(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """The codes that these profiles hold or have used, for the archive that a person may ask for."""
    found = Coupon.objects.filter(profile__in=profile_ids).order_by("pk")
    return [dict(row) for row in found.values("code", "issued_at", series_name=F("series__name"))]


def coupons_of_profiles(profile_ids: Collection[int], by: Actor) -> CouponQuerySet:
    """Codes that these profiles hold or have used, the latest first."""
    by.must("loyalty.see")
    return (
        Coupon.objects.filter(profile__in=profile_ids)
        .select_related("series")
        .prefetch_related("redemptions__receipt__shop")
    )


@dataclass(frozen=True, slots=True)
class GiftUse:
    """All-time figures of some profiles' gifts. `followed`: by a purchase (`given.followed`), `revenue`: what was
    bought on the days of gifts.
    """

    gifts: int
    last_day: date | None
    last_shop: str
    followed: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class CouponUse:
    """All-time figures of some profiles' coupons. `redeemed`: how many of the issued have been used. Days are the
    shops'.
    """

    gifts: GiftUse
    issued: int
    redeemed: int
    issued_at: datetime | None
    uses: int
    receipts: int
    last_day: date | None
    amount: Decimal
    revenue: Decimal


_USE = f"""
    WITH family AS (
        SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS f(who, profile)
    ), given AS (
        SELECT f.who, count(*) AS issued, max(c.issued_at) AS issued_at,
               count(*) FILTER (WHERE EXISTS (SELECT FROM loyalty_redemption r WHERE r.coupon_id = c.id)) AS redeemed
        FROM family f JOIN loyalty_coupon c ON c.profile_id = f.profile GROUP BY f.who
    ), used AS (
        SELECT f.who, r.receipt_id, count(*) AS uses, sum(r.amount) AS amount
        FROM family f JOIN loyalty_redemption r ON r.profile_id = f.profile GROUP BY f.who, r.receipt_id
    ), made AS (
        SELECT u.who, sum(u.uses)::bigint AS uses, count(*) AS receipts, max(receipt.local_date) AS last,
               sum(u.amount) AS amount, sum(receipt.revenue) AS revenue
        FROM used u JOIN orders_receipt receipt ON receipt.id = u.receipt_id GROUP BY u.who
    ), gift AS (
        SELECT f.who, g.*, EXISTS (
            SELECT FROM family m JOIN orders_receipt r ON r.profile_id = m.profile WHERE m.who = f.who AND {AFTER}
        ) AS followed
        FROM family f JOIN loyalty_gift g ON g.profile_id = f.profile AND g.taken_back_at IS NULL
    ), gifts AS (
        SELECT g.who, count(*) AS gifts, max(g.local_date) AS last_gift, count(*) FILTER (WHERE g.followed) AS followed,
               (array_agg(s.name ORDER BY g.given_at DESC, g.id DESC))[1] AS shop
        FROM gift g JOIN company_shop s ON s.id = g.shop_id GROUP BY g.who
    ), days AS (
        SELECT g.who, sum(r.revenue) AS of_days
        FROM (SELECT DISTINCT who, local_date FROM gift) g JOIN family f ON f.who = g.who
        JOIN orders_receipt r ON r.profile_id = f.profile AND r.local_date = g.local_date
            AND r.paid_at BETWEEN g.local_date - interval '1 day' AND g.local_date + interval '2 days'
        GROUP BY g.who
    )
    SELECT w.who, coalesce(issued, 0), coalesce(redeemed, 0), issued_at, coalesce(uses, 0), coalesce(receipts, 0),
           last, coalesce(amount, 0), coalesce(revenue, 0),
           coalesce(gifts, 0), last_gift, coalesce(shop, ''), coalesce(followed, 0), coalesce(of_days, 0)
    FROM (SELECT DISTINCT who FROM family) w
    LEFT JOIN given ON given.who = w.who LEFT JOIN made ON made.who = w.who
    LEFT JOIN gifts ON gifts.who = w.who LEFT JOIN days ON days.who = w.who"""


def use_of_profiles(families: Mapping[int, Sequence[int]], by: Actor) -> dict[int, CouponUse]:
    """What each customer's profiles were given and what they made of it."""
    by.must("loyalty.see")
    whose = [who for who, profiles in families.items() for _profile in profiles]
    members = [profile for profiles in families.values() for profile in profiles]
    rows = prepared.rows(_USE, [whose, members])
    return {who: CouponUse(GiftUse(*used[8:]), *used[:8]) for who, *used in rows}


def pieces(series_id: int) -> dict[str, Decimal]:
    """The series in the books: pieces by where they are (issued negative; held, bearer, redeemed)."""
    return ledger.of_unit(rules.unit(series_id))
