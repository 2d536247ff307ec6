-- Who of the office wrote in a return for its provider; empty where nobody did.
ALTER TABLE quarterly_return_version ADD COLUMN entered_on_behalf_by TEXT;
