DROP TABLE return_explanation;
DROP TABLE return_forecast;
DROP TABLE return_service;
