"""Addresses of promotions."""

from django.urls import path

from prilavok.loyalty.web import bench, promotions, response
from prilavok.loyalty.web import promotions_editor as editor

urlpatterns = [
    path("", promotions.promotions, name="promotions"),
    path("response/", response.response, name="response"),
    path("response/file/", response.download, name="response_file"),
    path("new/", editor.new, name="promotion_new"),
    path("save/", editor.save, name="promotion_create"),
    path("editor/change/", editor.change, name="promotion_change"),
    path("editor/check/", editor.check, name="promotion_check"),
    path("editor/power/", editor.power, name="promotion_power"),
    path("editor/offers/", editor.pick, name="promotion_offers"),
    path("try/", bench.bench, name="promotion_try"),
    path("try/change/", bench.change, name="bench_change"),
    path("<uuid:public_id>/try/", bench.of_promotion, name="promotion_bench"),
    path("<uuid:public_id>/edit/", editor.edit, name="promotion_edit"),
    path("<uuid:public_id>/save/", editor.save, name="promotion_save"),
    path("<uuid:public_id>/", promotions.promotion, name="promotion"),
    path("<uuid:public_id>/says/", promotions.says, name="promotion_says"),
    path("<uuid:public_id>/uses/", promotions.uses, name="promotion_uses"),
    path("<uuid:public_id>/effect/", promotions.effect, name="promotion_effect"),
    path("<uuid:public_id>/others/", promotions.others, name="promotion_others"),
    path("<uuid:public_id>/past/", promotions.past, name="promotion_past"),
    path("<uuid:public_id>/past/tries/", promotions.try_past, name="promotion_backtests"),
    path("<uuid:public_id>/versions/", promotions.versions, name="promotion_versions"),
    path("<uuid:public_id>/turns/", promotions.turns, name="promotion_turns"),
    path("<uuid:public_id>/turns/<slug:turn>/", promotions.turn, name="promotion_turn"),
    path("<uuid:public_id>/copies/", promotions.copy, name="promotion_copies"),
    path("<uuid:public_id>/verdict/", promotions.verdict, name="promotion_verdict"),
]
