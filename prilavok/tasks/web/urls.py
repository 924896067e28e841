from django.urls import path

from prilavok.tasks.web import changes, undoing, views

app_name = "tasks"
urlpatterns = [
    path("tasks/", views.tasks, name="list"),
    path("tasks/new/", views.new, name="new"),
    path("tasks/done/", changes.done, name="done"),
    path("tasks/assignments/", changes.assignments, name="assignments"),
    path("tasks/undo/<uuid:token>/", undoing.undo, name="undo"),
    path("tasks/<uuid:public_id>/", views.one, name="one"),
    path("tasks/<uuid:public_id>/what/", changes.what, name="what"),
    path("tasks/<uuid:public_id>/when/", changes.when, name="when"),
    path("tasks/<uuid:public_id>/who/", changes.who, name="who"),
    path("tasks/<uuid:public_id>/closure/", changes.closure, name="closure"),
    path("tasks/<uuid:public_id>/reopening/", changes.reopening, name="reopening"),
    path("customers/<uuid:public_id>/tasks/", views.of_customer, name="of_customer"),
    path("customers/<uuid:public_id>/tasks/<uuid:task_id>/done/", changes.step_done, name="step_done"),
]
