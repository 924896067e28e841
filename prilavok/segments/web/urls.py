from django.urls import path

from prilavok.segments.web import editor, portraits, rfm, views

app_name = "segments"
urlpatterns = [
    path("segments/", views.segments, name="list"),
    path("segments/new/", editor.new, name="editor"),
    path("segments/save/", editor.save, name="create"),
    path("segments/list/", views.from_list, name="from_list"),
    path("segments/editor/change/", editor.change, name="editor_change"),
    path("segments/editor/count/", editor.count, name="editor_count"),
    path("segments/editor/portrait/", portraits.of_draft, name="editor_portrait"),
    path("segments/<uuid:public_id>/portrait/", portraits.of_segment, name="portrait"),
    path("segments/<uuid:public_id>/who/", portraits.who, name="who"),
    path("segments/editor/picker/", editor.pick, name="picker"),
    path("segments/rfm/", rfm.rfm, name="rfm"),
    path("segments/rfm/people/", rfm.people, name="rfm_people"),
    path("segments/rfm/segment/", rfm.to_segment, name="rfm_segment"),
    path("segments/rfm/reckon/", rfm.reckon, name="rfm_reckon"),
    path("segments/of/<uuid:public_id>/", views.panel, name="panel"),
    path("segments/<uuid:public_id>/", views.segment, name="segment"),
    path("segments/<uuid:public_id>/edit/", editor.edit, name="edit"),
    path("segments/<uuid:public_id>/save/", editor.save, name="save"),
    path("segments/<uuid:public_id>/copy/", views.copy, name="copy"),
    path("segments/<uuid:public_id>/archive/", views.archive, name="archive"),
    path("segments/<uuid:public_id>/restore/", views.restore, name="restore"),
    path("segments/<uuid:public_id>/unknown/", views.unknown, name="unknown"),
    path("segments/<uuid:public_id>/refresh/", views.refresh, name="refresh"),
    path("segments/<uuid:public_id>/people/<uuid:profile>/", views.explain, name="explain"),
]
