"""Addresses of campaigns."""

from django.urls import path

from campaigns import call_views, goal_views, views

app_name = "campaigns"
urlpatterns = [
    path("progress/", views.my_progress, name="progress"),
    path("team/", views.my_team, name="team"),
    path("team/<int:pk>/", views.team_of, name="team_of"),
    path("team/reps/<int:pk>/", views.rep_below, name="rep"),
    path("team/reps/<int:pk>/touch/", views.touch, name="touch"),
    path("team/reps/<int:pk>/touch/<int:touch>/undo/", views.touch_undo, name="touch_undo"),
    path("team/reps/<int:pk>/goals/", goal_views.of_rep, name="rep_goals"),
    path("goals/", goal_views.all_goals, name="goals"),
    path("goals/suggestions/<int:pk>/", goal_views.answer, name="goal_answer"),
    path("goals/<str:of>/<str:measure>/", goal_views.goal, name="goal"),
    path("goals/<str:of>/<str:measure>/withdraw/", goal_views.withdraw, name="goal_withdraw"),
    path("team/calls/", call_views.calls, name="calls"),
    path("team/calls/<int:pk>/", call_views.call, name="call"),
    path("team/calls/<int:pk>/claim/", call_views.claim, name="claim"),
    path("team/calls/<int:pk>/release/", call_views.release, name="release"),
    path("team/invite/", views.invite, name="invite"),
    path("team/invite/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("join/<str:token>/", views.join, name="join"),
]
