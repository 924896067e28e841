from django.urls import path

from prilavok.messaging.web import tracking, views, writing

app_name = "messaging"
urlpatterns = [
    path("templates/", views.templates, name="templates"),
    path("templates/new/", views.new, name="new"),
    path("templates/draft/", views.draft, name="draft"),
    path("templates/draft/letter/", views.draft_letter, name="draft_letter"),
    path("templates/versions/<uuid:public_id>/letter/", views.preview, name="preview"),
    path("templates/versions/<uuid:public_id>/test/", views.test, name="test"),
    path("templates/<uuid:public_id>/", views.template, name="template"),
    path("templates/<uuid:public_id>/archive/", views.archive, name="archive"),
    path("templates/<uuid:public_id>/restore/", views.restore, name="restore"),
    path("messages/<uuid:public_id>/", views.message, name="message"),
    path("messages/<uuid:public_id>/letter/", views.letter, name="letter"),
    path("messages/of/<uuid:public_id>/", views.of_customer, name="of_customer"),
    path("messages/to/<uuid:public_id>/", writing.write, name="write"),
    path("m/<str:token>/open.gif", tracking.picture, name="picture"),
    path("m/<str:token>/go/<int:number>", tracking.follow, name="follow"),
    path("m/<str:token>/letter", tracking.letter, name="letter_of_reader"),
    path("m/<str:token>/unsubscribe", tracking.unsubscribe, name="unsubscribe"),
]
