DROP TABLE outbox_message;
