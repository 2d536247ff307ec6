-- When somebody else last changed how a person signs in: set their password, changed their address, took their second factor away.
CREATE TABLE sign_in_change (
  app_user_id UUID NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT sign_in_change_pkey PRIMARY KEY (app_user_id),
  CONSTRAINT sign_in_change_app_user_id_fkey FOREIGN KEY (app_user_id) REFERENCES app_user (id)
);
