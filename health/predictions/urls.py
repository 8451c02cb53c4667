"""Pages of back-tests and of the model."""

from django.urls import path

from health.predictions import views

urlpatterns = [
    path("health/backtest/", views.backtest, name="backtest"),
    path("health/prediction/", views.prediction_model, name="prediction_model"),
    path("health/prediction/export/", views.predictions_export, name="predictions_export"),
    path("health/prediction/<int:number>/", views.prediction_model, name="prediction_model_version"),
]
