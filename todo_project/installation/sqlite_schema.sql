-- Made by `python -m devstack.schema_file` from the migrations; change those instead.
CREATE TABLE "accounts_app_accountmail" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(32) NOT NULL, "email" varchar(254) NOT NULL, "address_key" varchar(254) NOT NULL, "created_at" datetime NOT NULL, "attempts" integer unsigned NOT NULL CHECK ("attempts" >= 0), "next_attempt_at" datetime NULL, "lease_holder" varchar(128) NOT NULL, "sent_at" datetime NULL, "detail" varchar(500) NOT NULL, "request_id" bigint NULL REFERENCES "accounts_app_addressrequest" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" bigint NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_app_addressrequest" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "email" varchar(254) NOT NULL, "mark" varchar(64) NOT NULL, "digest" varchar(64) NULL UNIQUE, "expires_at" datetime NOT NULL, "user_id" bigint NOT NULL UNIQUE REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_app_attempt" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "digest" varchar(64) NOT NULL, "at" datetime NOT NULL, "is_under_way" bool DEFAULT 0 NOT NULL, "address" varchar(64) DEFAULT '' NOT NULL, "client" varchar(200) DEFAULT '' NOT NULL, "user_id" bigint NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "fills_limit" bool DEFAULT 0 NOT NULL);
CREATE TABLE "accounts_app_browsersession" ("session_data" text NOT NULL, "expire_date" datetime NOT NULL, "session_key" varchar(64) NOT NULL PRIMARY KEY, "public_id" char(32) NOT NULL UNIQUE, "user_id" bigint NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "address" varchar(64) DEFAULT '' NOT NULL, "began_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "client" varchar(200) DEFAULT '' NOT NULL, "used_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL);
CREATE TABLE "accounts_app_keycount" ("user_id" bigint NOT NULL PRIMARY KEY REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "answers" integer unsigned NOT NULL CHECK ("answers" >= 0));
CREATE TABLE "accounts_app_keyedanswer" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "call" varchar(64) NOT NULL, "body" varchar(64) NOT NULL, "status" smallint unsigned NOT NULL CHECK ("status" >= 0), "headers" text NOT NULL CHECK ((JSON_VALID("headers") OR "headers" IS NULL)), "answer" text NOT NULL, "created_at" datetime NOT NULL, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "is_short" bool DEFAULT 0 NOT NULL, CONSTRAINT "keyed_answer_once" UNIQUE ("user_id", "call"));
CREATE TABLE "accounts_app_passwordlink" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "email" varchar(254) NOT NULL, "mark" varchar(64) NOT NULL, "digest" varchar(64) NOT NULL UNIQUE, "expires_at" datetime NOT NULL, "user_id" bigint NOT NULL UNIQUE REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_app_personaltoken" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(60) NOT NULL, "prefix" varchar(12) NOT NULL, "digest" varchar(64) NOT NULL UNIQUE, "scopes" text NOT NULL CHECK ((JSON_VALID("scopes") OR "scopes" IS NULL)), "mark" varchar(64) NOT NULL, "created_at" datetime NOT NULL, "expires_at" datetime NULL, "last_used_at" datetime NULL, "revoked_at" datetime NULL, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "personal_token_has_name" CHECK (NOT ("name" = '')));
CREATE TABLE "accounts_app_recoverycode" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "digest" varchar(64) NOT NULL, "used_at" datetime NULL, "factor_id" bigint NOT NULL REFERENCES "accounts_app_secondfactor" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "recovery_code_once" UNIQUE ("factor_id", "digest"));
CREATE TABLE "accounts_app_refreshfamily" ("id" char(32) NOT NULL PRIMARY KEY, "rotation" integer unsigned NOT NULL CHECK ("rotation" >= 0), "created_at" datetime NOT NULL, "expires_at" datetime NOT NULL, "revoked_at" datetime NULL, "revoked_reason" varchar(20) NOT NULL, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "rotated_at" datetime NULL, "address" varchar(64) DEFAULT '' NOT NULL, "client" varchar(200) DEFAULT '' NOT NULL, "mark_after" varchar(64) DEFAULT '' NOT NULL, "mark_before" varchar(64) DEFAULT '' NOT NULL, CONSTRAINT "family_revoked_with_reason" CHECK ((("revoked_at" IS NULL AND "revoked_reason" = '') OR ("revoked_at" IS NOT NULL AND NOT ("revoked_reason" = '')))));
CREATE TABLE "accounts_app_secondfactor" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "sealed_secret" varchar(400) NOT NULL, "created_at" datetime NOT NULL, "confirmed_at" datetime NULL, "last_step" bigint NOT NULL, "wrong_codes" smallint unsigned NOT NULL CHECK ("wrong_codes" >= 0), "locked_until" datetime NULL, "user_id" bigint NOT NULL UNIQUE REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_app_signinfailurecount" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "failures" integer unsigned NOT NULL CHECK ("failures" >= 0), "since" datetime NOT NULL, "until" datetime NOT NULL, "client" varchar(200) NOT NULL, "address" varchar(64) NOT NULL, "recorded_at" datetime NULL, "user_id" bigint NOT NULL UNIQUE REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "locked_out" bool DEFAULT 0 NOT NULL);
CREATE TABLE "accounts_app_socketticket" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "digest" varchar(64) NOT NULL UNIQUE, "mark" varchar(64) NOT NULL, "expires_at" datetime NOT NULL, "family_id" char(32) NULL REFERENCES "accounts_app_refreshfamily" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "session" char(32) NULL);
CREATE TABLE "accounts_app_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "email" varchar(254) NOT NULL, "is_staff" bool NOT NULL, "is_active" bool NOT NULL, "date_joined" datetime NOT NULL, "time_zone" varchar(64) NOT NULL, "week_start" varchar(2) NOT NULL, "quiet_from" time NULL, "quiet_until" time NULL, "channels" text NOT NULL CHECK ((JSON_VALID("channels") OR "channels" IS NULL)), "email_verified_at" datetime NULL, "username_key" varchar(450) NULL, "upgraded_from" varchar(256) DEFAULT '' NOT NULL, "deletion_requested_at" datetime NULL, CONSTRAINT "user_has_name" CHECK (NOT ("username" = '')), CONSTRAINT "user_has_time_zone" CHECK (NOT ("time_zone" = '')), CONSTRAINT "user_week_start_is_a_day" CHECK ("week_start" IN ('mo', 'tu', 'we', 'th', 'fr', 'sa', 'su')), CONSTRAINT "user_verified_has_address" CHECK (("email_verified_at" IS NULL OR NOT ("email" = ''))));
CREATE TABLE "accounts_app_user_groups" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_app_user_user_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_app_writebucket" ("user_id" bigint NOT NULL PRIMARY KEY REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "writes_full_at" real NOT NULL, "bytes_full_at" real NOT NULL);
CREATE TABLE "audit_app_anchoredhead" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "anchor" bigint NOT NULL, "place" integer NOT NULL, "user_id" bigint NULL, "entries" bigint NULL, "digest" varchar(64) NOT NULL, CONSTRAINT "anchored_once_per_place" UNIQUE ("anchor", "place"), CONSTRAINT "anchored_once_per_end" UNIQUE ("user_id", "entries"));
CREATE TABLE "audit_app_auditcheck" ("user_id" bigint NOT NULL PRIMARY KEY, "entries" bigint NOT NULL, "hash" varchar(64) NOT NULL, "seal" varchar(64) NOT NULL, "verified_at" datetime NULL, "first_bad" bigint NULL, "right_entries" bigint NOT NULL, "reason" varchar(200) NOT NULL);
CREATE TABLE "audit_app_auditentry" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" bigint NOT NULL, "seq" bigint NOT NULL, "position" bigint NOT NULL, "event_id" char(32) NOT NULL, "type" varchar(64) NOT NULL, "v" smallint unsigned NOT NULL CHECK ("v" >= 0), "task_id" bigint NULL, "actor_type" varchar(16) NOT NULL, "actor_id" varchar(64) NOT NULL, "occurred_at" datetime NOT NULL, "request_id" varchar(64) NOT NULL, "causation_id" char(32) NULL, "data" text NOT NULL, "prev_hash" varchar(64) NOT NULL, "hash" varchar(64) NOT NULL, "key_version" smallint unsigned NOT NULL CHECK ("key_version" >= 0), CONSTRAINT "audit_entry_once_per_seq" UNIQUE ("user_id", "seq"), CONSTRAINT "audit_entry_once_per_position" UNIQUE ("user_id", "position"));
CREATE TABLE "audit_app_audithead" ("user_id" bigint NOT NULL PRIMARY KEY, "seq" bigint NOT NULL, "entries" bigint NOT NULL, "hash" varchar(64) NOT NULL);
CREATE TABLE "audit_app_auditround" ("id" smallint unsigned NOT NULL PRIMARY KEY CHECK ("id" >= 0), "user_id" bigint NOT NULL, "entries" bigint NOT NULL, "hash" varchar(64) NOT NULL, "began_at" datetime NULL, "ended_at" datetime NULL, CONSTRAINT "audit_round_is_one" CHECK ("id" = 1));
CREATE TABLE "audit_app_forgottentrail" ("user_id" bigint NOT NULL PRIMARY KEY, "entries" bigint NOT NULL, "hash" varchar(64) NOT NULL, "forgotten_at" datetime NOT NULL, "key_version" smallint unsigned NOT NULL CHECK ("key_version" >= 0), "seal" varchar(64) NOT NULL);
CREATE TABLE "audit_app_trailanchor" ("number" bigint NOT NULL PRIMARY KEY, "made_at" datetime NOT NULL, "heads" integer NOT NULL, "previous" varchar(64) NOT NULL, "root" varchar(64) NOT NULL, "is_complete" bool NOT NULL, "key_version" smallint unsigned NOT NULL CHECK ("key_version" >= 0), "seal" varchar(64) NOT NULL);
CREATE TABLE "audit_app_unkeyedpart" ("user_id" bigint NOT NULL PRIMARY KEY, "entries" bigint NOT NULL, "hash" varchar(64) NOT NULL, "key_version" smallint unsigned NOT NULL CHECK ("key_version" >= 0), "seal" varchar(64) NOT NULL);
CREATE TABLE "auth_group" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(150) NOT NULL UNIQUE);
CREATE TABLE "auth_group_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "auth_permission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "codename" varchar(100) NOT NULL, "name" varchar(255) NOT NULL);
CREATE TABLE "django_admin_log" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "object_id" text NULL, "object_repr" varchar(200) NOT NULL, "action_flag" smallint unsigned NOT NULL CHECK ("action_flag" >= 0), "change_message" text NOT NULL, "content_type_id" integer NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "action_time" datetime NOT NULL);
CREATE TABLE "django_celery_beat_clockedschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "clocked_time" datetime NOT NULL);
CREATE TABLE "django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "minute" varchar(240) NOT NULL, "hour" varchar(96) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(124) NOT NULL, "month_of_year" varchar(64) NOT NULL, "timezone" varchar(63) NOT NULL);
CREATE TABLE "django_celery_beat_intervalschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "every" integer NOT NULL, "period" varchar(24) NOT NULL);
CREATE TABLE "django_celery_beat_periodictask" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(200) NOT NULL UNIQUE, "task" varchar(200) NOT NULL, "args" text NOT NULL, "kwargs" text NOT NULL, "queue" varchar(200) NULL, "exchange" varchar(200) NULL, "routing_key" varchar(200) NULL, "expires" datetime NULL, "enabled" bool NOT NULL, "last_run_at" datetime NULL, "total_run_count" integer unsigned NOT NULL CHECK ("total_run_count" >= 0), "date_changed" datetime NOT NULL, "description" text NOT NULL, "crontab_id" integer NULL REFERENCES "django_celery_beat_crontabschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "interval_id" integer NULL REFERENCES "django_celery_beat_intervalschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "solar_id" integer NULL REFERENCES "django_celery_beat_solarschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "one_off" bool NOT NULL, "start_time" datetime NULL, "priority" integer unsigned NULL CHECK ("priority" >= 0), "headers" text NOT NULL, "clocked_id" integer NULL REFERENCES "django_celery_beat_clockedschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "expire_seconds" integer unsigned NULL CHECK ("expire_seconds" >= 0));
CREATE TABLE "django_celery_beat_periodictasks" ("ident" smallint NOT NULL PRIMARY KEY, "last_update" datetime NOT NULL);
CREATE TABLE "django_celery_beat_solarschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "event" varchar(24) NOT NULL, "latitude" decimal NOT NULL, "longitude" decimal NOT NULL);
CREATE TABLE "django_content_type" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL);
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" datetime NOT NULL);
CREATE TABLE "events_app_consumer" ("name" varchar(64) NOT NULL PRIMARY KEY, "state" varchar(16) NOT NULL, "walked_to" bigint NOT NULL, "registered_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL);
CREATE TABLE "events_app_cursor" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "consumer" varchar(64) NOT NULL, "seq" bigint DEFAULT 0 NOT NULL, "attempts" integer unsigned DEFAULT 0 NOT NULL CHECK ("attempts" >= 0), "retry_at" datetime NULL, "blocked_at" datetime NULL, "last_error" text DEFAULT '' NOT NULL, "stream_id" bigint NOT NULL REFERENCES "events_app_stream" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "cursor_once" UNIQUE ("consumer", "stream_id"));
CREATE TABLE "events_app_deadletter" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "consumer" varchar(64) NOT NULL, "seq" bigint NOT NULL, "event_id" char(32) NOT NULL, "type" varchar(64) NOT NULL, "error" text NOT NULL, "attempts" integer unsigned NOT NULL CHECK ("attempts" >= 0), "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "resolved_at" datetime NULL, "resolution" varchar(16) NOT NULL, "stream_id" bigint NOT NULL REFERENCES "events_app_stream" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "dead_letter_once" UNIQUE ("consumer", "stream_id", "seq"));
CREATE TABLE "events_app_epoch" ("id" smallint unsigned NOT NULL PRIMARY KEY CHECK ("id" >= 0), "value" varchar(36) NOT NULL, "reason" varchar(16) NOT NULL, "began_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "mark" varchar(36) DEFAULT '' NOT NULL, CONSTRAINT "epoch_once" CHECK ("id" = 1));
CREATE TABLE "events_app_event" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "seq" bigint NOT NULL, "event_id" char(32) NOT NULL UNIQUE, "type" varchar(64) NOT NULL, "v" smallint unsigned NOT NULL CHECK ("v" >= 0), "task_id" bigint NULL, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), "actor_type" varchar(16) NOT NULL, "actor_id" varchar(64) NOT NULL, "occurred_at" datetime NOT NULL, "causation_id" char(32) NULL, "request_id" varchar(64) NOT NULL, "traceparent" varchar(64) NOT NULL, "stream_id" bigint NOT NULL REFERENCES "events_app_stream" ("id") DEFERRABLE INITIALLY DEFERRED, "client_request_id" varchar(64) NULL, CONSTRAINT "event_once_per_seq" UNIQUE ("stream_id", "seq"));
CREATE TABLE "events_app_hangnote" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "note_id" char(32) NOT NULL UNIQUE, "consumer" varchar(64) NOT NULL, "stream_key" varchar(64) NOT NULL, "first_seq" bigint NOT NULL, "last_seq" bigint NOT NULL, "is_alone" bool NOT NULL, "reason" text NOT NULL, "noted_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL);
CREATE TABLE "events_app_heartbeat" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "role" varchar(64) NOT NULL, "instance" varchar(128) NOT NULL, "started_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "beat_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "detail" text NOT NULL CHECK ((JSON_VALID("detail") OR "detail" IS NULL)), CONSTRAINT "heartbeat_once" UNIQUE ("role", "instance"));
CREATE TABLE "events_app_lease" ("name" varchar(160) NOT NULL PRIMARY KEY, "holder" varchar(128) NOT NULL, "expires_at" datetime NOT NULL);
CREATE TABLE "events_app_parkedmessage" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "seq" bigint NOT NULL, "topic" varchar(249) NOT NULL, "reason" text NOT NULL, "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "stream_id" bigint NOT NULL REFERENCES "events_app_stream" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "parked_once" UNIQUE ("stream_id", "seq", "topic"));
CREATE TABLE "events_app_stream" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "key" varchar(64) NOT NULL, "head" bigint DEFAULT 0 NOT NULL, "published" bigint DEFAULT 0 NOT NULL, "settled" bigint DEFAULT 0 NOT NULL, "tail" bigint DEFAULT 0 NOT NULL, "moved_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "relay_attempts" integer unsigned DEFAULT 0 NOT NULL CHECK ("relay_attempts" >= 0), "relay_retry_at" datetime NULL, "relay_error" text DEFAULT '' NOT NULL, CONSTRAINT "stream_once_per_key" UNIQUE ("key"), CONSTRAINT "stream_numbers_in_order" CHECK (("published" <= ("head") AND "settled" <= ("head") AND "tail" <= ("published") AND "tail" >= 0)));
CREATE TABLE "notifications_app_delivery" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "channel" varchar(16) NOT NULL, "status" varchar(16) NOT NULL, "reason" varchar(500) NOT NULL, "key" varchar(128) NOT NULL, "attempts" integer unsigned NOT NULL CHECK ("attempts" >= 0), "next_attempt_at" datetime NULL, "lease_holder" varchar(128) NOT NULL, "lease_until" datetime NULL, "digest" varchar(128) NOT NULL, "provider_id" varchar(255) NOT NULL, "resends" integer unsigned NOT NULL CHECK ("resends" >= 0), "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "sent_at" datetime NULL, "notification_id" bigint NOT NULL REFERENCES "notifications_app_notification" ("id") DEFERRABLE INITIALLY DEFERRED, "detail" varchar(500) DEFAULT '' NOT NULL, CONSTRAINT "delivery_once_per_key" UNIQUE ("key"), CONSTRAINT "delivery_once_per_channel" UNIQUE ("notification_id", "channel"), CONSTRAINT "delivery_due_when_open" CHECK ((("next_attempt_at" IS NOT NULL AND "status" IN ('planned', 'sending')) OR (NOT ("status" IN ('planned', 'sending')) AND "next_attempt_at" IS NULL))), CONSTRAINT "delivery_leased_while_sending" CHECK ((("lease_until" IS NOT NULL AND "status" = 'sending' AND NOT ("lease_holder" = '')) OR (NOT ("status" = 'sending') AND "lease_holder" = '' AND "lease_until" IS NULL))));
CREATE TABLE "notifications_app_mailing" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "address" varchar(64) NOT NULL, "key" varchar(128) NOT NULL UNIQUE, "at" datetime NOT NULL, "is_digest" bool NOT NULL, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "notifications_app_notification" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(32) NOT NULL, "title" varchar(200) NOT NULL, "body" text NOT NULL, "task_id" bigint NULL, "reminder_id" bigint NULL, "firing" bigint NULL, "caused_by" bigint NOT NULL, "created_at" datetime NOT NULL, "shown_at" datetime NULL, "held_until" datetime NULL, "suppressed_reason" varchar(64) NOT NULL, "read_at" datetime NULL, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "notification_once_per_firing" UNIQUE ("reminder_id", "firing"), CONSTRAINT "notification_in_one_state" CHECK ((("held_until" IS NULL AND "shown_at" IS NOT NULL AND "suppressed_reason" = '') OR ("held_until" IS NOT NULL AND "shown_at" IS NULL AND "suppressed_reason" = '') OR ("held_until" IS NULL AND "shown_at" IS NULL AND NOT ("suppressed_reason" = '')))), CONSTRAINT "notification_read_when_shown" CHECK (("read_at" IS NULL OR "shown_at" IS NOT NULL)));
CREATE TABLE "notifications_app_pushreceipt" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "key" varchar(128) NOT NULL, "subscription_id" bigint NOT NULL REFERENCES "notifications_app_pushsubscription" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "push_receipt_once" UNIQUE ("key", "subscription_id"));
CREATE TABLE "notifications_app_pushsubscription" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "endpoint" text NOT NULL, "endpoint_digest" varchar(64) NOT NULL UNIQUE, "p256dh" varchar(100) NOT NULL, "auth" varchar(32) NOT NULL, "name" varchar(100) NOT NULL, "session" char(32) NULL, "family" char(32) NULL, "mark" varchar(64) NOT NULL, "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "reached_at" datetime NULL, "failures" integer unsigned NOT NULL CHECK ("failures" >= 0), "paused_until" datetime NULL, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "realtime_app_sockethost" ("id" char(32) NOT NULL PRIMARY KEY, "renewed_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL);
CREATE TABLE "realtime_app_socketslot" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" smallint unsigned NOT NULL CHECK ("number" >= 0), "host_id" char(32) NOT NULL REFERENCES "realtime_app_sockethost" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "socket_slot_once" UNIQUE ("user_id", "number"), CONSTRAINT "socket_slot_exists" CHECK ("number" < 20));
CREATE TABLE "tasks_app_demochunk" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "first" integer unsigned NOT NULL CHECK ("first" >= 0), "task_ids" text NOT NULL CHECK ((JSON_VALID("task_ids") OR "task_ids" IS NULL)), "run_id" bigint NOT NULL REFERENCES "tasks_app_demorun" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "demo_chunk_once" UNIQUE ("run_id", "first"));
CREATE TABLE "tasks_app_demorun" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "seed" bigint NOT NULL, "made" integer unsigned NOT NULL CHECK ("made" >= 0), "made_owner" bool NOT NULL, "tag_ids" text NOT NULL CHECK ((JSON_VALID("tag_ids") OR "tag_ids" IS NULL)), "created_at" datetime NOT NULL, "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "demo_once_per_seed" UNIQUE ("owner_id", "seed"));
CREATE TABLE "tasks_app_excludedslot" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "slot" varchar(19) NOT NULL, "reason" varchar(16) NOT NULL, "series_id" bigint NOT NULL REFERENCES "tasks_app_series" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "excluded_slot_once" UNIQUE ("series_id", "slot"));
CREATE TABLE "tasks_app_missedslots" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "after_id" bigint NULL UNIQUE REFERENCES "tasks_app_task" ("id") DEFERRABLE INITIALLY DEFERRED, "series_id" bigint NOT NULL REFERENCES "tasks_app_series" ("id") DEFERRABLE INITIALLY DEFERRED, "count" integer unsigned DEFAULT 0 NOT NULL CHECK ("count" >= 0), "first" varchar(19) DEFAULT '' NOT NULL, "last" varchar(19) DEFAULT '' NOT NULL, "slots" text NOT NULL CHECK ((JSON_VALID("slots") OR "slots" IS NULL)));
CREATE TABLE "tasks_app_reminder" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "offset" varchar(40) NULL, "at" datetime NULL, "snoozed_until" datetime NULL, "firing" integer unsigned NOT NULL CHECK ("firing" >= 0), "fire_at" datetime NULL, "status" varchar(16) NOT NULL, "reason" varchar(16) NOT NULL, "fired_at" datetime NULL, "late" bool NOT NULL, "removed" bool NOT NULL, "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "task_id" bigint NOT NULL REFERENCES "tasks_app_task" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "reminder_is_relative_or_absolute" CHECK ((("at" IS NOT NULL AND "offset" IS NULL) OR ("at" IS NULL AND "offset" IS NOT NULL))), CONSTRAINT "reminder_firing_counts" CHECK ("firing" >= 1), CONSTRAINT "reminder_status_is_whole" CHECK ((("fire_at" IS NOT NULL AND "reason" = '' AND NOT "removed" AND "status" = 'pending') OR ("fire_at" IS NOT NULL AND "fired_at" IS NOT NULL AND "reason" = '' AND "status" = 'fired') OR ("status" = 'cancelled' AND NOT ("reason" = '')))));
CREATE TABLE "tasks_app_replanjob" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "event_seq" bigint NOT NULL, "position" bigint NOT NULL, "created_at" datetime NOT NULL, "finished_at" datetime NULL, "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "attempts" integer unsigned NOT NULL CHECK ("attempts" >= 0), "failed" text NOT NULL CHECK ((JSON_VALID("failed") OR "failed" IS NULL)), "retry_at" datetime NULL, CONSTRAINT "replan_once_per_event" UNIQUE ("owner_id", "event_seq"));
CREATE TABLE "tasks_app_savedview" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(100) NOT NULL, "query" text NOT NULL, "group" varchar(8) NOT NULL, "sort" varchar(100) NOT NULL, "position" smallint unsigned NOT NULL CHECK ("position" >= 0), "version" integer unsigned NOT NULL CHECK ("version" >= 0), "created_at" datetime NOT NULL, "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "saved_view_has_name" CHECK (NOT ("name" = '')), CONSTRAINT "saved_view_group" CHECK ("group" IN ('none', 'due', 'priority', 'tag', 'created')));
CREATE TABLE "tasks_app_searchtext" ("task_id" bigint NOT NULL PRIMARY KEY REFERENCES "tasks_app_task" ("id") DEFERRABLE INITIALLY DEFERRED, "words" text NOT NULL, version smallint NOT NULL DEFAULT 1, created_at datetime NULL, live bool NULL);
CREATE TABLE "tasks_app_series" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "rule" varchar(1000) NOT NULL, "anchor" varchar(16) NOT NULL, "overflow" varchar(8) NOT NULL, "start" varchar(19) NOT NULL, "time_zone" varchar(64) NOT NULL, "floating" bool NOT NULL, "title" varchar(200) NOT NULL, "description" text NOT NULL, "priority" smallint unsigned NOT NULL CHECK ("priority" >= 0), "offsets" text NOT NULL CHECK ((JSON_VALID("offsets") OR "offsets" IS NULL)), "created_at" datetime NOT NULL, "ended_at" datetime NULL, "end_reason" varchar(16) NOT NULL, "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "stuck_attempts" integer unsigned NOT NULL CHECK ("stuck_attempts" >= 0), "stuck_reason" varchar(500) NOT NULL, "stuck_retry_at" datetime NULL, "stuck_since" datetime NULL, "advance" varchar(16) NOT NULL, "advance_at" datetime NULL, "missed_in_a_row" integer unsigned NOT NULL CHECK ("missed_in_a_row" >= 0), CONSTRAINT "series_has_rule" CHECK ((NOT ("rule" = '') AND NOT ("start" = ''))), CONSTRAINT "series_end_has_reason" CHECK ((("end_reason" = '' AND "ended_at" IS NULL) OR ("ended_at" IS NOT NULL AND NOT ("end_reason" = '')))), CONSTRAINT "series_stuck_is_retried" CHECK ((("stuck_reason" = '' AND "stuck_retry_at" IS NULL AND "stuck_since" IS NULL) OR ("stuck_retry_at" IS NOT NULL AND "stuck_since" IS NOT NULL AND NOT ("stuck_reason" = '')))));
CREATE TABLE "tasks_app_serieschange" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "is_shared" bool NOT NULL, "before" text NOT NULL CHECK ((JSON_VALID("before") OR "before" IS NULL)), "after" text NOT NULL CHECK ((JSON_VALID("after") OR "after" IS NULL)), "task_id" bigint NOT NULL REFERENCES "tasks_app_task" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "series_change_of_version" UNIQUE ("task_id", "version"));
CREATE TABLE "tasks_app_seriestag" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "position" smallint unsigned NOT NULL CHECK ("position" >= 0), "series_id" bigint NOT NULL REFERENCES "tasks_app_series" ("id") DEFERRABLE INITIALLY DEFERRED, "tag_id" bigint NOT NULL REFERENCES "tasks_app_tag" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "series_tag_once" UNIQUE ("series_id", "tag_id"));
CREATE TABLE "tasks_app_tag" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(50) NOT NULL, "key" varchar(200) NOT NULL, "color" varchar(7) NOT NULL, "former_name" varchar(50) NOT NULL, "former_key" varchar(200) NOT NULL, "told_to" bigint NULL, "retired_at" datetime NULL, "into_id" bigint NULL REFERENCES "tasks_app_tag" ("id") DEFERRABLE INITIALLY DEFERRED, "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "tag_has_name" CHECK ((NOT ("name" = '') AND NOT ("key" = ''))), CONSTRAINT "tag_renaming_is_whole" CHECK ((("former_key" = '' AND "former_name" = '' AND "told_to" IS NULL) OR ("told_to" IS NOT NULL AND NOT ("former_name" = '') AND NOT ("former_key" = '')))), CONSTRAINT "tag_merged_is_retired" CHECK (("into_id" IS NULL OR "retired_at" IS NOT NULL)));
CREATE TABLE "tasks_app_tagjob" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(8) NOT NULL, "tag_id" bigint NOT NULL, "into_id" bigint NULL, "total" integer unsigned NOT NULL CHECK ("total" >= 0), "done" integer unsigned NOT NULL CHECK ("done" >= 0), "created_at" datetime NOT NULL, "finished_at" datetime NULL, "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "tasks_app_task" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "title" varchar(200) NOT NULL, "description" text NOT NULL, "priority" smallint unsigned NOT NULL CHECK ("priority" >= 0), "due_date" date NULL, "due_time" time NULL, "time_zone" varchar(64) NOT NULL, "floating" bool NOT NULL, "due_fold" smallint unsigned NOT NULL CHECK ("due_fold" >= 0), "due_instant" datetime NULL, "overdue_at" datetime NULL, "due_sort" datetime NOT NULL, "completed_at" datetime NULL, "deleted_at" datetime NULL, "withdrawn" bool NOT NULL, "created_at" datetime NOT NULL, "updated_at" datetime NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "occurrence" varchar(19) NULL, "recurrence" text NULL CHECK ((JSON_VALID("recurrence") OR "recurrence" IS NULL)), "rule_version" integer unsigned NULL CHECK ("rule_version" >= 0), "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED, "series_id" bigint NULL REFERENCES "tasks_app_series" ("id") DEFERRABLE INITIALLY DEFERRED, "missed_at" datetime NULL, "follows_id" bigint NULL UNIQUE REFERENCES "tasks_app_task" ("id") DEFERRABLE INITIALLY DEFERRED, title_key text NOT NULL DEFAULT '', document text NOT NULL DEFAULT '', document_format smallint NOT NULL DEFAULT 0, document_version integer NOT NULL DEFAULT 0, CONSTRAINT "task_has_title" CHECK (NOT ("title" = '')), CONSTRAINT "task_priority_is_known" CHECK ("priority" IN (1, 2, 3, 4)), CONSTRAINT "task_version_counts" CHECK ("version" >= 1), CONSTRAINT "task_due_has_instant" CHECK ((("due_date" IS NULL AND "due_instant" IS NULL AND "overdue_at" IS NULL) OR ("due_date" IS NOT NULL AND "due_instant" IS NOT NULL AND "overdue_at" IS NOT NULL))), CONSTRAINT "task_due_time_has_date" CHECK (("due_time" IS NULL OR "due_date" IS NOT NULL)), CONSTRAINT "task_floats_or_has_zone" CHECK (((NOT "floating" AND ("due_time" IS NULL OR NOT ("time_zone" = ''))) OR ("due_time" IS NOT NULL AND "floating" AND "time_zone" = ''))), CONSTRAINT "task_fold_of_wall_time" CHECK (("due_fold" = 0 OR ("due_fold" = 1 AND "due_time" IS NOT NULL AND NOT "floating"))), CONSTRAINT "task_occurrence_of_series" CHECK ((("occurrence" IS NULL AND "series_id" IS NULL) OR ("occurrence" IS NOT NULL AND "series_id" IS NOT NULL))), CONSTRAINT "task_withdrawn_is_not_live" CHECK ((NOT "withdrawn" OR ("deleted_at" IS NOT NULL AND "series_id" IS NOT NULL))), CONSTRAINT "task_once_per_occurrence" UNIQUE ("series_id", "occurrence"), CONSTRAINT "task_missed_is_not_open" CHECK (("missed_at" IS NULL OR "deleted_at" IS NOT NULL OR "completed_at" IS NOT NULL)));
CREATE TABLE "tasks_app_tasktag" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "position" smallint unsigned NOT NULL CHECK ("position" >= 0), "priority" smallint unsigned NOT NULL CHECK ("priority" >= 0), "due_sort" datetime NOT NULL, "completed" bool NOT NULL, "live" bool NOT NULL, "tag_id" bigint NOT NULL REFERENCES "tasks_app_tag" ("id") DEFERRABLE INITIALLY DEFERRED, "task_id" bigint NOT NULL REFERENCES "tasks_app_task" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "task_tag_once" UNIQUE ("task_id", "tag_id"));
CREATE TABLE "tasks_app_trashjob" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "total" integer unsigned NOT NULL CHECK ("total" >= 0), "done" integer unsigned NOT NULL CHECK ("done" >= 0), "upto" datetime NOT NULL, "created_at" datetime NOT NULL, "finished_at" datetime NULL, "owner_id" bigint NOT NULL REFERENCES "accounts_app_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE VIRTUAL TABLE tasks_app_searchindex USING fts5(
            words, content='tasks_app_searchtext', content_rowid='task_id', tokenize='ascii'
        );
CREATE INDEX "account_mail_address" ON "accounts_app_accountmail" ("address_key", "created_at");
CREATE INDEX "account_mail_due" ON "accounts_app_accountmail" ("next_attempt_at") WHERE "next_attempt_at" IS NOT NULL;
CREATE INDEX "accounts_app_accountmail_created_at_61dd8747" ON "accounts_app_accountmail" ("created_at");
CREATE INDEX "accounts_app_accountmail_request_id_e9becd0b" ON "accounts_app_accountmail" ("request_id");
CREATE INDEX "accounts_app_accountmail_user_id_6fb179d0" ON "accounts_app_accountmail" ("user_id");
CREATE INDEX "accounts_app_addressrequest_expires_at_7bbe4de9" ON "accounts_app_addressrequest" ("expires_at");
CREATE INDEX "accounts_app_attempt_at_ce0fafa8" ON "accounts_app_attempt" ("at");
CREATE INDEX "accounts_app_attempt_user_id_4a642b10" ON "accounts_app_attempt" ("user_id");
CREATE INDEX "accounts_app_browsersession_expire_date_3bca22e0" ON "accounts_app_browsersession" ("expire_date");
CREATE INDEX "accounts_app_browsersession_user_id_bcca75bb" ON "accounts_app_browsersession" ("user_id");
CREATE INDEX "accounts_app_keyedanswer_created_at_8868892f" ON "accounts_app_keyedanswer" ("created_at");
CREATE INDEX "accounts_app_passwordlink_expires_at_4a4e7413" ON "accounts_app_passwordlink" ("expires_at");
CREATE INDEX "accounts_app_personaltoken_expires_at_5c794cb2" ON "accounts_app_personaltoken" ("expires_at");
CREATE INDEX "accounts_app_personaltoken_revoked_at_d7f84ad4" ON "accounts_app_personaltoken" ("revoked_at");
CREATE INDEX "accounts_app_personaltoken_user_id_7ff52037" ON "accounts_app_personaltoken" ("user_id");
CREATE INDEX "accounts_app_recoverycode_factor_id_564accd4" ON "accounts_app_recoverycode" ("factor_id");
CREATE INDEX "accounts_app_refreshfamily_expires_at_f71f6cd7" ON "accounts_app_refreshfamily" ("expires_at");
CREATE INDEX "accounts_app_refreshfamily_user_id_958111dc" ON "accounts_app_refreshfamily" ("user_id");
CREATE INDEX "accounts_app_socketticket_expires_at_2febf522" ON "accounts_app_socketticket" ("expires_at");
CREATE INDEX "accounts_app_socketticket_family_id_54511bcf" ON "accounts_app_socketticket" ("family_id");
CREATE INDEX "accounts_app_socketticket_user_id_f69180fe" ON "accounts_app_socketticket" ("user_id");
CREATE INDEX "accounts_app_user_groups_group_id_c425a521" ON "accounts_app_user_groups" ("group_id");
CREATE INDEX "accounts_app_user_groups_user_id_131ad085" ON "accounts_app_user_groups" ("user_id");
CREATE UNIQUE INDEX "accounts_app_user_groups_user_id_group_id_a88a51c1_uniq" ON "accounts_app_user_groups" ("user_id", "group_id");
CREATE INDEX "accounts_app_user_user_permissions_permission_id_e4d2d1d9" ON "accounts_app_user_user_permissions" ("permission_id");
CREATE INDEX "accounts_app_user_user_permissions_user_id_b54f455d" ON "accounts_app_user_user_permissions" ("user_id");
CREATE UNIQUE INDEX "accounts_app_user_user_permissions_user_id_permission_id_6ed1d9b0_uniq" ON "accounts_app_user_user_permissions" ("user_id", "permission_id");
CREATE INDEX "attempt_digest_at" ON "accounts_app_attempt" ("digest", "at");
CREATE INDEX "audit_check_fault" ON "audit_app_auditcheck" ("user_id") WHERE "first_bad" IS NOT NULL;
CREATE INDEX "audit_entry_task" ON "audit_app_auditentry" ("task_id", "position") WHERE "task_id" IS NOT NULL;
CREATE INDEX "auth_group_permissions_group_id_b120cbf9" ON "auth_group_permissions" ("group_id");
CREATE UNIQUE INDEX "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" ON "auth_group_permissions" ("group_id", "permission_id");
CREATE INDEX "auth_group_permissions_permission_id_84c5c92e" ON "auth_group_permissions" ("permission_id");
CREATE INDEX "auth_permission_content_type_id_2f476e4b" ON "auth_permission" ("content_type_id");
CREATE UNIQUE INDEX "auth_permission_content_type_id_codename_01ab375a_uniq" ON "auth_permission" ("content_type_id", "codename");
CREATE INDEX "cursor_blocked" ON "events_app_cursor" ("consumer") WHERE "blocked_at" IS NOT NULL;
CREATE INDEX "cursor_retry" ON "events_app_cursor" ("retry_at") WHERE "retry_at" IS NOT NULL;
CREATE INDEX "dead_letter_open" ON "events_app_deadletter" ("id") WHERE "resolved_at" IS NULL;
CREATE INDEX "delivery_digest_open" ON "notifications_app_delivery" ("digest", "id") WHERE (NOT ("digest" = '') AND "next_attempt_at" IS NOT NULL);
CREATE INDEX "delivery_due" ON "notifications_app_delivery" ("next_attempt_at") WHERE "next_attempt_at" IS NOT NULL;
CREATE INDEX "delivery_failed" ON "notifications_app_delivery" ("id") WHERE "status" = 'failed';
CREATE INDEX "django_admin_log_content_type_id_c4bce8eb" ON "django_admin_log" ("content_type_id");
CREATE INDEX "django_admin_log_user_id_c564eba6" ON "django_admin_log" ("user_id");
CREATE INDEX "django_celery_beat_periodictask_clocked_id_47a69f82" ON "django_celery_beat_periodictask" ("clocked_id");
CREATE INDEX "django_celery_beat_periodictask_crontab_id_d3cba168" ON "django_celery_beat_periodictask" ("crontab_id");
CREATE INDEX "django_celery_beat_periodictask_interval_id_a8ca27da" ON "django_celery_beat_periodictask" ("interval_id");
CREATE INDEX "django_celery_beat_periodictask_solar_id_a87ce72c" ON "django_celery_beat_periodictask" ("solar_id");
CREATE UNIQUE INDEX "django_celery_beat_solarschedule_event_latitude_longitude_ba64999a_uniq" ON "django_celery_beat_solarschedule" ("event", "latitude", "longitude");
CREATE UNIQUE INDEX "django_content_type_app_label_model_76bd3d3b_uniq" ON "django_content_type" ("app_label", "model");
CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date");
CREATE INDEX "event_notices_of_task" ON "events_app_event" ("stream_id", "task_id", "seq") WHERE "type" IN ('reminder.scheduled', 'reminder.due', 'reminder.cancelled', 'notification.created');
CREATE INDEX "events_app_cursor_stream_id_adb032b9" ON "events_app_cursor" ("stream_id");
CREATE INDEX "events_app_deadletter_stream_id_a42fbef9" ON "events_app_deadletter" ("stream_id");
CREATE INDEX "events_app_parkedmessage_stream_id_55302ce2" ON "events_app_parkedmessage" ("stream_id");
CREATE INDEX "mailing_address" ON "notifications_app_mailing" ("address", "at");
CREATE INDEX "mailing_user" ON "notifications_app_mailing" ("user_id", "at");
CREATE INDEX "notification_held" ON "notifications_app_notification" ("held_until") WHERE "held_until" IS NOT NULL;
CREATE INDEX "notification_task" ON "notifications_app_notification" ("task_id") WHERE "task_id" IS NOT NULL;
CREATE INDEX "notification_unread" ON "notifications_app_notification" ("user_id", "shown_at" DESC, "id" DESC) WHERE ("read_at" IS NULL AND "shown_at" IS NOT NULL);
CREATE INDEX "notification_user" ON "notifications_app_notification" ("user_id", "shown_at" DESC, "id" DESC);
CREATE INDEX "notifications_app_pushsubscription_user_id_23073a62" ON "notifications_app_pushsubscription" ("user_id");
CREATE UNIQUE INDEX "one_job_per_tag" ON "tasks_app_tagjob" ("owner_id", "tag_id") WHERE "finished_at" IS NULL;
CREATE UNIQUE INDEX "one_trash_job_per_owner" ON "tasks_app_trashjob" ("owner_id") WHERE "finished_at" IS NULL;
CREATE INDEX "push_receipt_subscription" ON "notifications_app_pushreceipt" ("subscription_id");
CREATE INDEX "realtime_app_socketslot_host_id_ecf81fe7" ON "realtime_app_socketslot" ("host_id");
CREATE INDEX "realtime_app_socketslot_user_id_f054e792" ON "realtime_app_socketslot" ("user_id");
CREATE INDEX "reminder_of_owner" ON "tasks_app_reminder" ("owner_id", "status", "fire_at", "id");
CREATE INDEX "reminder_pending" ON "tasks_app_reminder" ("fire_at", "owner_id") WHERE "status" = 'pending';
CREATE INDEX "replan_unfinished" ON "tasks_app_replanjob" ("id") WHERE "finished_at" IS NULL;
CREATE INDEX "saved_view_in_order" ON "tasks_app_savedview" ("owner_id", "position", "id");
CREATE INDEX "searchtext_old" ON "tasks_app_searchtext" ("task_id") WHERE ("version" < 2 OR "created_at" IS NULL);
CREATE INDEX "series_stuck" ON "tasks_app_series" ("stuck_retry_at") WHERE "stuck_retry_at" IS NOT NULL;
CREATE INDEX "series_to_advance" ON "tasks_app_series" ("advance_at") WHERE "advance_at" IS NOT NULL;
CREATE INDEX "signin_failures_unrecorded" ON "accounts_app_signinfailurecount" ("recorded_at") WHERE "failures" > 0;
CREATE INDEX "stream_unpublished" ON "events_app_stream" ("id") WHERE "published" < ("head");
CREATE INDEX "stream_unsettled" ON "events_app_stream" ("id", "moved_at") WHERE "settled" < ("head");
CREATE INDEX "tag_former_key" ON "tasks_app_tag" ("owner_id", "former_key") WHERE "told_to" IS NOT NULL;
CREATE INDEX "tag_job_of_owner" ON "tasks_app_tagjob" ("owner_id", "id");
CREATE INDEX "tag_job_unfinished" ON "tasks_app_tagjob" ("id") WHERE "finished_at" IS NULL;
CREATE UNIQUE INDEX "tag_once_per_owner" ON "tasks_app_tag" ("owner_id", "key") WHERE "retired_at" IS NULL;
CREATE INDEX "tag_retired" ON "tasks_app_tag" ("owner_id", "key") WHERE "retired_at" IS NOT NULL;
CREATE INDEX "task_done" ON "tasks_app_task" ("owner_id", "completed_at", "id") WHERE ("completed_at" IS NOT NULL AND "deleted_at" IS NULL);
CREATE INDEX "task_live" ON "tasks_app_task" ("owner_id", "due_sort", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "task_live_by_priority" ON "tasks_app_task" ("owner_id", "priority", "due_sort", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "task_live_created_at" ON "tasks_app_task" ("owner_id", "created_at", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "task_live_priority" ON "tasks_app_task" ("owner_id", "priority", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "task_live_title_key" ON "tasks_app_task" ("owner_id", "title_key", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "task_live_updated_at" ON "tasks_app_task" ("owner_id", "updated_at", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "task_of_owner" ON "tasks_app_task" ("owner_id", "id");
CREATE INDEX "task_old_document" ON "tasks_app_task" ("owner_id", "id") WHERE NOT ("document_format" = 1 AND "document_version" = ("version"));
CREATE INDEX "task_pending" ON "tasks_app_task" ("owner_id", "due_sort", "id") WHERE ("completed_at" IS NULL AND "deleted_at" IS NULL);
CREATE INDEX "task_tag_by_priority" ON "tasks_app_tasktag" ("tag_id", "priority", "due_sort", "task_id") WHERE "live";
CREATE INDEX "task_tag_live" ON "tasks_app_tasktag" ("tag_id", "due_sort", "task_id") WHERE "live";
CREATE INDEX "task_tag_of_tag" ON "tasks_app_tasktag" ("tag_id", "task_id");
CREATE INDEX "task_tag_pending" ON "tasks_app_tasktag" ("tag_id", "due_sort", "task_id") WHERE (NOT "completed" AND "live");
CREATE INDEX "task_to_purge" ON "tasks_app_task" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "task_trashed" ON "tasks_app_task" ("owner_id", "id") WHERE ("deleted_at" IS NOT NULL AND NOT "withdrawn");
CREATE INDEX "tasks_app_demorun_owner_id_2ba88bb2" ON "tasks_app_demorun" ("owner_id");
CREATE INDEX "tasks_app_missedslots_series_id_0350967a" ON "tasks_app_missedslots" ("series_id");
CREATE INDEX "tasks_app_reminder_task_id_d45034f6" ON "tasks_app_reminder" ("task_id");
CREATE INDEX "tasks_app_series_owner_id_3fa58143" ON "tasks_app_series" ("owner_id");
CREATE INDEX "tasks_app_seriestag_tag_id_90a349fe" ON "tasks_app_seriestag" ("tag_id");
CREATE INDEX "tasks_app_tag_into_id_e3662389" ON "tasks_app_tag" ("into_id");
CREATE INDEX "trash_job_of_owner" ON "tasks_app_trashjob" ("owner_id", "id");
CREATE INDEX "trash_job_unfinished" ON "tasks_app_trashjob" ("id") WHERE "finished_at" IS NULL;
CREATE UNIQUE INDEX "user_name_once" ON "accounts_app_user" ("username_key") WHERE "username_key" IS NOT NULL;
CREATE UNIQUE INDEX "user_verified_address_once" ON "accounts_app_user" ((LOWER("email"))) WHERE "email_verified_at" IS NOT NULL;
CREATE TRIGGER audit_anchor_no_delete BEFORE DELETE ON audit_app_trailanchor BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_anchor_no_replace BEFORE INSERT ON audit_app_trailanchor WHEN EXISTS (SELECT 1 FROM audit_app_trailanchor a WHERE a.number = NEW.number) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_anchor_no_update BEFORE UPDATE ON audit_app_trailanchor BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_anchored_no_delete BEFORE DELETE ON audit_app_anchoredhead BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_anchored_no_replace BEFORE INSERT ON audit_app_anchoredhead WHEN EXISTS (SELECT 1 FROM audit_app_anchoredhead a WHERE a.id = NEW.id OR a.anchor = NEW.anchor AND a.place = NEW.place OR a.user_id = NEW.user_id AND a.entries = NEW.entries) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_anchored_only_forgotten BEFORE UPDATE ON audit_app_anchoredhead WHEN NEW.user_id IS NOT NULL OR NEW.entries IS NOT NULL OR NEW.id <> OLD.id OR NEW.anchor <> OLD.anchor OR NEW.place <> OLD.place OR NEW.digest <> OLD.digest OR NOT EXISTS (SELECT 1 FROM audit_app_forgottentrail f WHERE f.user_id = OLD.user_id) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_app_auditentry WHEN NOT EXISTS (SELECT 1 FROM audit_app_forgottentrail f WHERE f.user_id = OLD.user_id) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_app_auditentry WHEN EXISTS (SELECT 1 FROM audit_app_auditentry e WHERE e.id = NEW.id OR e.user_id = NEW.user_id AND e.seq = NEW.seq OR e.user_id = NEW.user_id AND e.position = NEW.position) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_app_auditentry BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_forgotten_no_delete BEFORE DELETE ON audit_app_forgottentrail BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_forgotten_no_update BEFORE UPDATE ON audit_app_forgottentrail BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_forgotten_only_true BEFORE INSERT ON audit_app_forgottentrail WHEN EXISTS (SELECT 1 FROM audit_app_forgottentrail f WHERE f.user_id = NEW.user_id) OR NOT EXISTS (SELECT 1 FROM audit_app_audithead h WHERE h.user_id = NEW.user_id AND h.entries = NEW.entries AND h.hash = NEW.hash) AND (NEW.entries <> 0 OR EXISTS (SELECT 1 FROM audit_app_audithead h WHERE h.user_id = NEW.user_id)) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_app_audithead WHEN NOT EXISTS (SELECT 1 FROM audit_app_forgottentrail f WHERE f.user_id = OLD.user_id) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_no_replace BEFORE INSERT ON audit_app_audithead WHEN EXISTS (SELECT 1 FROM audit_app_audithead h WHERE h.user_id = NEW.user_id AND (h.entries > NEW.entries OR h.seq > NEW.seq OR h.entries = NEW.entries AND h.hash <> NEW.hash)) OR NOT EXISTS (SELECT 1 FROM audit_app_auditentry e WHERE e.user_id = NEW.user_id AND e.position = NEW.entries AND e.hash = NEW.hash) OR EXISTS (SELECT 1 FROM audit_app_forgottentrail f WHERE f.user_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_only_forward BEFORE UPDATE ON audit_app_audithead WHEN NEW.user_id <> OLD.user_id OR (OLD.entries > NEW.entries OR OLD.seq > NEW.seq OR OLD.entries = NEW.entries AND OLD.hash <> NEW.hash) OR NOT EXISTS (SELECT 1 FROM audit_app_auditentry e WHERE e.user_id = NEW.user_id AND e.position = NEW.entries AND e.hash = NEW.hash) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER searchtext_deleted AFTER DELETE ON tasks_app_searchtext BEGIN
            INSERT INTO tasks_app_searchindex (tasks_app_searchindex, rowid, words)
            VALUES ('delete', old.task_id, old.words);
        END;
CREATE TRIGGER searchtext_inserted AFTER INSERT ON tasks_app_searchtext BEGIN
            INSERT INTO tasks_app_searchindex (rowid, words) VALUES (new.task_id, new.words);
        END;
CREATE TRIGGER searchtext_updated AFTER UPDATE OF words ON tasks_app_searchtext BEGIN
    INSERT INTO tasks_app_searchindex (tasks_app_searchindex, rowid, words)
    VALUES ('delete', old.task_id, old.words);
    INSERT INTO tasks_app_searchindex (rowid, words) VALUES (new.task_id, new.words);
END;
INSERT INTO "auth_permission" ("id", "content_type_id", "codename", "name") VALUES
(1, 1, 'add_logentry', 'Can add log entry'),
(2, 1, 'change_logentry', 'Can change log entry'),
(3, 1, 'delete_logentry', 'Can delete log entry'),
(4, 1, 'view_logentry', 'Can view log entry'),
(5, 2, 'add_permission', 'Can add permission'),
(6, 2, 'change_permission', 'Can change permission'),
(7, 2, 'delete_permission', 'Can delete permission'),
(8, 2, 'view_permission', 'Can view permission'),
(9, 3, 'add_group', 'Can add group'),
(10, 3, 'change_group', 'Can change group'),
(11, 3, 'delete_group', 'Can delete group'),
(12, 3, 'view_group', 'Can view group'),
(13, 4, 'add_contenttype', 'Can add content type'),
(14, 4, 'change_contenttype', 'Can change content type'),
(15, 4, 'delete_contenttype', 'Can delete content type'),
(16, 4, 'view_contenttype', 'Can view content type'),
(17, 5, 'add_session', 'Can add session'),
(18, 5, 'change_session', 'Can change session'),
(19, 5, 'delete_session', 'Can delete session'),
(20, 5, 'view_session', 'Can view session'),
(21, 6, 'add_crontabschedule', 'Can add crontab'),
(22, 6, 'change_crontabschedule', 'Can change crontab'),
(23, 6, 'delete_crontabschedule', 'Can delete crontab'),
(24, 6, 'view_crontabschedule', 'Can view crontab'),
(25, 7, 'add_intervalschedule', 'Can add interval'),
(26, 7, 'change_intervalschedule', 'Can change interval'),
(27, 7, 'delete_intervalschedule', 'Can delete interval'),
(28, 7, 'view_intervalschedule', 'Can view interval'),
(29, 8, 'add_periodictask', 'Can add periodic task'),
(30, 8, 'change_periodictask', 'Can change periodic task'),
(31, 8, 'delete_periodictask', 'Can delete periodic task'),
(32, 8, 'view_periodictask', 'Can view periodic task'),
(33, 9, 'add_periodictasks', 'Can add periodic task track'),
(34, 9, 'change_periodictasks', 'Can change periodic task track'),
(35, 9, 'delete_periodictasks', 'Can delete periodic task track'),
(36, 9, 'view_periodictasks', 'Can view periodic task track'),
(37, 10, 'add_solarschedule', 'Can add solar event'),
(38, 10, 'change_solarschedule', 'Can change solar event'),
(39, 10, 'delete_solarschedule', 'Can delete solar event'),
(40, 10, 'view_solarschedule', 'Can view solar event'),
(41, 11, 'add_clockedschedule', 'Can add clocked'),
(42, 11, 'change_clockedschedule', 'Can change clocked'),
(43, 11, 'delete_clockedschedule', 'Can delete clocked'),
(44, 11, 'view_clockedschedule', 'Can view clocked'),
(45, 12, 'add_consumer', 'Can add consumer'),
(46, 12, 'change_consumer', 'Can change consumer'),
(47, 12, 'delete_consumer', 'Can delete consumer'),
(48, 12, 'view_consumer', 'Can view consumer'),
(49, 13, 'add_lease', 'Can add lease'),
(50, 13, 'change_lease', 'Can change lease'),
(51, 13, 'delete_lease', 'Can delete lease'),
(52, 13, 'view_lease', 'Can view lease'),
(53, 14, 'add_heartbeat', 'Can add heartbeat'),
(54, 14, 'change_heartbeat', 'Can change heartbeat'),
(55, 14, 'delete_heartbeat', 'Can delete heartbeat'),
(56, 14, 'view_heartbeat', 'Can view heartbeat'),
(57, 15, 'add_stream', 'Can add stream'),
(58, 15, 'change_stream', 'Can change stream'),
(59, 15, 'delete_stream', 'Can delete stream'),
(60, 15, 'view_stream', 'Can view stream'),
(61, 16, 'add_parkedmessage', 'Can add parked message'),
(62, 16, 'change_parkedmessage', 'Can change parked message'),
(63, 16, 'delete_parkedmessage', 'Can delete parked message'),
(64, 16, 'view_parkedmessage', 'Can view parked message'),
(65, 17, 'add_event', 'Can add event'),
(66, 17, 'change_event', 'Can change event'),
(67, 17, 'delete_event', 'Can delete event'),
(68, 17, 'view_event', 'Can view event'),
(69, 18, 'add_deadletter', 'Can add dead letter'),
(70, 18, 'change_deadletter', 'Can change dead letter'),
(71, 18, 'delete_deadletter', 'Can delete dead letter'),
(72, 18, 'view_deadletter', 'Can view dead letter'),
(73, 19, 'add_cursor', 'Can add cursor'),
(74, 19, 'change_cursor', 'Can change cursor'),
(75, 19, 'delete_cursor', 'Can delete cursor'),
(76, 19, 'view_cursor', 'Can view cursor'),
(77, 20, 'add_epoch', 'Can add epoch'),
(78, 20, 'change_epoch', 'Can change epoch'),
(79, 20, 'delete_epoch', 'Can delete epoch'),
(80, 20, 'view_epoch', 'Can view epoch'),
(81, 21, 'add_hangnote', 'Can add hang note'),
(82, 21, 'change_hangnote', 'Can change hang note'),
(83, 21, 'delete_hangnote', 'Can delete hang note'),
(84, 21, 'view_hangnote', 'Can view hang note'),
(85, 22, 'add_user', 'Can add user'),
(86, 22, 'change_user', 'Can change user'),
(87, 22, 'delete_user', 'Can delete user'),
(88, 22, 'view_user', 'Can view user'),
(89, 23, 'add_attempt', 'Can add attempt'),
(90, 23, 'change_attempt', 'Can change attempt'),
(91, 23, 'delete_attempt', 'Can delete attempt'),
(92, 23, 'view_attempt', 'Can view attempt'),
(93, 24, 'add_keyedanswer', 'Can add keyed answer'),
(94, 24, 'change_keyedanswer', 'Can change keyed answer'),
(95, 24, 'delete_keyedanswer', 'Can delete keyed answer'),
(96, 24, 'view_keyedanswer', 'Can view keyed answer'),
(97, 25, 'add_refreshfamily', 'Can add refresh family'),
(98, 25, 'change_refreshfamily', 'Can change refresh family'),
(99, 25, 'delete_refreshfamily', 'Can delete refresh family'),
(100, 25, 'view_refreshfamily', 'Can view refresh family'),
(101, 26, 'add_socketticket', 'Can add socket ticket'),
(102, 26, 'change_socketticket', 'Can change socket ticket'),
(103, 26, 'delete_socketticket', 'Can delete socket ticket'),
(104, 26, 'view_socketticket', 'Can view socket ticket'),
(105, 27, 'add_browsersession', 'Can add session'),
(106, 27, 'change_browsersession', 'Can change session'),
(107, 27, 'delete_browsersession', 'Can delete session'),
(108, 27, 'view_browsersession', 'Can view session'),
(109, 28, 'add_writebucket', 'Can add write bucket'),
(110, 28, 'change_writebucket', 'Can change write bucket'),
(111, 28, 'delete_writebucket', 'Can delete write bucket'),
(112, 28, 'view_writebucket', 'Can view write bucket'),
(113, 29, 'add_keycount', 'Can add key count'),
(114, 29, 'change_keycount', 'Can change key count'),
(115, 29, 'delete_keycount', 'Can delete key count'),
(116, 29, 'view_keycount', 'Can view key count'),
(117, 30, 'add_accountmail', 'Can add account mail'),
(118, 30, 'change_accountmail', 'Can change account mail'),
(119, 30, 'delete_accountmail', 'Can delete account mail'),
(120, 30, 'view_accountmail', 'Can view account mail'),
(121, 31, 'add_addressrequest', 'Can add address request'),
(122, 31, 'change_addressrequest', 'Can change address request'),
(123, 31, 'delete_addressrequest', 'Can delete address request'),
(124, 31, 'view_addressrequest', 'Can view address request'),
(125, 32, 'add_personaltoken', 'Can add personal token'),
(126, 32, 'change_personaltoken', 'Can change personal token'),
(127, 32, 'delete_personaltoken', 'Can delete personal token'),
(128, 32, 'view_personaltoken', 'Can view personal token'),
(129, 33, 'add_passwordlink', 'Can add password link'),
(130, 33, 'change_passwordlink', 'Can change password link'),
(131, 33, 'delete_passwordlink', 'Can delete password link'),
(132, 33, 'view_passwordlink', 'Can view password link'),
(133, 34, 'add_secondfactor', 'Can add second factor'),
(134, 34, 'change_secondfactor', 'Can change second factor'),
(135, 34, 'delete_secondfactor', 'Can delete second factor'),
(136, 34, 'view_secondfactor', 'Can view second factor'),
(137, 35, 'add_recoverycode', 'Can add recovery code'),
(138, 35, 'change_recoverycode', 'Can change recovery code'),
(139, 35, 'delete_recoverycode', 'Can delete recovery code'),
(140, 35, 'view_recoverycode', 'Can view recovery code'),
(141, 36, 'add_signinfailurecount', 'Can add sign in failure count'),
(142, 36, 'change_signinfailurecount', 'Can change sign in failure count'),
(143, 36, 'delete_signinfailurecount', 'Can delete sign in failure count'),
(144, 36, 'view_signinfailurecount', 'Can view sign in failure count'),
(145, 37, 'add_series', 'Can add series'),
(146, 37, 'change_series', 'Can change series'),
(147, 37, 'delete_series', 'Can delete series'),
(148, 37, 'view_series', 'Can view series'),
(149, 38, 'add_task', 'Can add task'),
(150, 38, 'change_task', 'Can change task'),
(151, 38, 'delete_task', 'Can delete task'),
(152, 38, 'view_task', 'Can view task'),
(153, 39, 'add_demorun', 'Can add demo run'),
(154, 39, 'change_demorun', 'Can change demo run'),
(155, 39, 'delete_demorun', 'Can delete demo run'),
(156, 39, 'view_demorun', 'Can view demo run'),
(157, 40, 'add_demochunk', 'Can add demo chunk'),
(158, 40, 'change_demochunk', 'Can change demo chunk'),
(159, 40, 'delete_demochunk', 'Can delete demo chunk'),
(160, 40, 'view_demochunk', 'Can view demo chunk'),
(161, 41, 'add_replanjob', 'Can add replan job'),
(162, 41, 'change_replanjob', 'Can change replan job'),
(163, 41, 'delete_replanjob', 'Can delete replan job'),
(164, 41, 'view_replanjob', 'Can view replan job'),
(165, 42, 'add_searchtext', 'Can add search text'),
(166, 42, 'change_searchtext', 'Can change search text'),
(167, 42, 'delete_searchtext', 'Can delete search text'),
(168, 42, 'view_searchtext', 'Can view search text'),
(169, 43, 'add_reminder', 'Can add reminder'),
(170, 43, 'change_reminder', 'Can change reminder'),
(171, 43, 'delete_reminder', 'Can delete reminder'),
(172, 43, 'view_reminder', 'Can view reminder'),
(173, 44, 'add_serieschange', 'Can add series change'),
(174, 44, 'change_serieschange', 'Can change series change'),
(175, 44, 'delete_serieschange', 'Can delete series change'),
(176, 44, 'view_serieschange', 'Can view series change'),
(177, 45, 'add_missedslots', 'Can add missed slots'),
(178, 45, 'change_missedslots', 'Can change missed slots'),
(179, 45, 'delete_missedslots', 'Can delete missed slots'),
(180, 45, 'view_missedslots', 'Can view missed slots'),
(181, 46, 'add_excludedslot', 'Can add excluded slot'),
(182, 46, 'change_excludedslot', 'Can change excluded slot'),
(183, 46, 'delete_excludedslot', 'Can delete excluded slot'),
(184, 46, 'view_excludedslot', 'Can view excluded slot'),
(185, 47, 'add_tag', 'Can add tag'),
(186, 47, 'change_tag', 'Can change tag'),
(187, 47, 'delete_tag', 'Can delete tag'),
(188, 47, 'view_tag', 'Can view tag'),
(189, 48, 'add_seriestag', 'Can add series tag'),
(190, 48, 'change_seriestag', 'Can change series tag'),
(191, 48, 'delete_seriestag', 'Can delete series tag'),
(192, 48, 'view_seriestag', 'Can view series tag'),
(193, 49, 'add_tagjob', 'Can add tag job'),
(194, 49, 'change_tagjob', 'Can change tag job'),
(195, 49, 'delete_tagjob', 'Can delete tag job'),
(196, 49, 'view_tagjob', 'Can view tag job'),
(197, 50, 'add_tasktag', 'Can add task tag'),
(198, 50, 'change_tasktag', 'Can change task tag'),
(199, 50, 'delete_tasktag', 'Can delete task tag'),
(200, 50, 'view_tasktag', 'Can view task tag'),
(201, 51, 'add_trashjob', 'Can add trash job'),
(202, 51, 'change_trashjob', 'Can change trash job'),
(203, 51, 'delete_trashjob', 'Can delete trash job'),
(204, 51, 'view_trashjob', 'Can view trash job'),
(205, 52, 'add_savedview', 'Can add saved view'),
(206, 52, 'change_savedview', 'Can change saved view'),
(207, 52, 'delete_savedview', 'Can delete saved view'),
(208, 52, 'view_savedview', 'Can view saved view'),
(209, 53, 'add_notification', 'Can add notification'),
(210, 53, 'change_notification', 'Can change notification'),
(211, 53, 'delete_notification', 'Can delete notification'),
(212, 53, 'view_notification', 'Can view notification'),
(213, 54, 'add_delivery', 'Can add delivery'),
(214, 54, 'change_delivery', 'Can change delivery'),
(215, 54, 'delete_delivery', 'Can delete delivery'),
(216, 54, 'view_delivery', 'Can view delivery'),
(217, 55, 'add_mailing', 'Can add mailing'),
(218, 55, 'change_mailing', 'Can change mailing'),
(219, 55, 'delete_mailing', 'Can delete mailing'),
(220, 55, 'view_mailing', 'Can view mailing'),
(221, 56, 'add_pushsubscription', 'Can add push subscription'),
(222, 56, 'change_pushsubscription', 'Can change push subscription'),
(223, 56, 'delete_pushsubscription', 'Can delete push subscription'),
(224, 56, 'view_pushsubscription', 'Can view push subscription'),
(225, 57, 'add_pushreceipt', 'Can add push receipt'),
(226, 57, 'change_pushreceipt', 'Can change push receipt'),
(227, 57, 'delete_pushreceipt', 'Can delete push receipt'),
(228, 57, 'view_pushreceipt', 'Can view push receipt'),
(229, 58, 'add_audithead', 'Can add audit head'),
(230, 58, 'change_audithead', 'Can change audit head'),
(231, 58, 'delete_audithead', 'Can delete audit head'),
(232, 58, 'view_audithead', 'Can view audit head'),
(233, 59, 'add_auditentry', 'Can add audit entry'),
(234, 59, 'change_auditentry', 'Can change audit entry'),
(235, 59, 'delete_auditentry', 'Can delete audit entry'),
(236, 59, 'view_auditentry', 'Can view audit entry'),
(237, 60, 'add_auditcheck', 'Can add audit check'),
(238, 60, 'change_auditcheck', 'Can change audit check'),
(239, 60, 'delete_auditcheck', 'Can delete audit check'),
(240, 60, 'view_auditcheck', 'Can view audit check'),
(241, 61, 'add_auditround', 'Can add audit round'),
(242, 61, 'change_auditround', 'Can change audit round'),
(243, 61, 'delete_auditround', 'Can delete audit round'),
(244, 61, 'view_auditround', 'Can view audit round'),
(245, 62, 'add_forgottentrail', 'Can add forgotten trail'),
(246, 62, 'change_forgottentrail', 'Can change forgotten trail'),
(247, 62, 'delete_forgottentrail', 'Can delete forgotten trail'),
(248, 62, 'view_forgottentrail', 'Can view forgotten trail'),
(249, 63, 'add_unkeyedpart', 'Can add unkeyed part'),
(250, 63, 'change_unkeyedpart', 'Can change unkeyed part'),
(251, 63, 'delete_unkeyedpart', 'Can delete unkeyed part'),
(252, 63, 'view_unkeyedpart', 'Can view unkeyed part'),
(253, 64, 'add_trailanchor', 'Can add trail anchor'),
(254, 64, 'change_trailanchor', 'Can change trail anchor'),
(255, 64, 'delete_trailanchor', 'Can delete trail anchor'),
(256, 64, 'view_trailanchor', 'Can view trail anchor'),
(257, 65, 'add_anchoredhead', 'Can add anchored head'),
(258, 65, 'change_anchoredhead', 'Can change anchored head'),
(259, 65, 'delete_anchoredhead', 'Can delete anchored head'),
(260, 65, 'view_anchoredhead', 'Can view anchored head'),
(261, 66, 'add_sockethost', 'Can add socket host'),
(262, 66, 'change_sockethost', 'Can change socket host'),
(263, 66, 'delete_sockethost', 'Can delete socket host'),
(264, 66, 'view_sockethost', 'Can view socket host'),
(265, 67, 'add_socketslot', 'Can add socket slot'),
(266, 67, 'change_socketslot', 'Can change socket slot'),
(267, 67, 'delete_socketslot', 'Can delete socket slot'),
(268, 67, 'view_socketslot', 'Can view socket slot');
INSERT INTO "django_content_type" ("id", "app_label", "model") VALUES
(1, 'admin', 'logentry'),
(2, 'auth', 'permission'),
(3, 'auth', 'group'),
(4, 'contenttypes', 'contenttype'),
(5, 'sessions', 'session'),
(6, 'django_celery_beat', 'crontabschedule'),
(7, 'django_celery_beat', 'intervalschedule'),
(8, 'django_celery_beat', 'periodictask'),
(9, 'django_celery_beat', 'periodictasks'),
(10, 'django_celery_beat', 'solarschedule'),
(11, 'django_celery_beat', 'clockedschedule'),
(12, 'events_app', 'consumer'),
(13, 'events_app', 'lease'),
(14, 'events_app', 'heartbeat'),
(15, 'events_app', 'stream'),
(16, 'events_app', 'parkedmessage'),
(17, 'events_app', 'event'),
(18, 'events_app', 'deadletter'),
(19, 'events_app', 'cursor'),
(20, 'events_app', 'epoch'),
(21, 'events_app', 'hangnote'),
(22, 'accounts_app', 'user'),
(23, 'accounts_app', 'attempt'),
(24, 'accounts_app', 'keyedanswer'),
(25, 'accounts_app', 'refreshfamily'),
(26, 'accounts_app', 'socketticket'),
(27, 'accounts_app', 'browsersession'),
(28, 'accounts_app', 'writebucket'),
(29, 'accounts_app', 'keycount'),
(30, 'accounts_app', 'accountmail'),
(31, 'accounts_app', 'addressrequest'),
(32, 'accounts_app', 'personaltoken'),
(33, 'accounts_app', 'passwordlink'),
(34, 'accounts_app', 'secondfactor'),
(35, 'accounts_app', 'recoverycode'),
(36, 'accounts_app', 'signinfailurecount'),
(37, 'tasks_app', 'series'),
(38, 'tasks_app', 'task'),
(39, 'tasks_app', 'demorun'),
(40, 'tasks_app', 'demochunk'),
(41, 'tasks_app', 'replanjob'),
(42, 'tasks_app', 'searchtext'),
(43, 'tasks_app', 'reminder'),
(44, 'tasks_app', 'serieschange'),
(45, 'tasks_app', 'missedslots'),
(46, 'tasks_app', 'excludedslot'),
(47, 'tasks_app', 'tag'),
(48, 'tasks_app', 'seriestag'),
(49, 'tasks_app', 'tagjob'),
(50, 'tasks_app', 'tasktag'),
(51, 'tasks_app', 'trashjob'),
(52, 'tasks_app', 'savedview'),
(53, 'notifications_app', 'notification'),
(54, 'notifications_app', 'delivery'),
(55, 'notifications_app', 'mailing'),
(56, 'notifications_app', 'pushsubscription'),
(57, 'notifications_app', 'pushreceipt'),
(58, 'audit_app', 'audithead'),
(59, 'audit_app', 'auditentry'),
(60, 'audit_app', 'auditcheck'),
(61, 'audit_app', 'auditround'),
(62, 'audit_app', 'forgottentrail'),
(63, 'audit_app', 'unkeyedpart'),
(64, 'audit_app', 'trailanchor'),
(65, 'audit_app', 'anchoredhead'),
(66, 'realtime_app', 'sockethost'),
(67, 'realtime_app', 'socketslot');
INSERT INTO "django_migrations" ("id", "app", "name", "applied") VALUES
(1, 'contenttypes', '0001_initial', CURRENT_TIMESTAMP),
(2, 'contenttypes', '0002_remove_content_type_name', CURRENT_TIMESTAMP),
(3, 'auth', '0001_initial', CURRENT_TIMESTAMP),
(4, 'auth', '0002_alter_permission_name_max_length', CURRENT_TIMESTAMP),
(5, 'auth', '0003_alter_user_email_max_length', CURRENT_TIMESTAMP),
(6, 'auth', '0004_alter_user_username_opts', CURRENT_TIMESTAMP),
(7, 'auth', '0005_alter_user_last_login_null', CURRENT_TIMESTAMP),
(8, 'auth', '0006_require_contenttypes_0002', CURRENT_TIMESTAMP),
(9, 'auth', '0007_alter_validators_add_error_messages', CURRENT_TIMESTAMP),
(10, 'auth', '0008_alter_user_username_max_length', CURRENT_TIMESTAMP),
(11, 'auth', '0009_alter_user_last_name_max_length', CURRENT_TIMESTAMP),
(12, 'auth', '0010_alter_group_name_max_length', CURRENT_TIMESTAMP),
(13, 'auth', '0011_update_proxy_permissions', CURRENT_TIMESTAMP),
(14, 'auth', '0012_alter_user_first_name_max_length', CURRENT_TIMESTAMP),
(15, 'sessions', '0001_initial', CURRENT_TIMESTAMP),
(16, 'accounts_app', '0001_initial', CURRENT_TIMESTAMP),
(17, 'accounts_app', '0002_refresh_repeated', CURRENT_TIMESTAMP),
(18, 'accounts_app', '0003_browser_sessions', CURRENT_TIMESTAMP),
(19, 'accounts_app', '0004_write_buckets', CURRENT_TIMESTAMP),
(20, 'accounts_app', '0005_keyed_answers', CURRENT_TIMESTAMP),
(21, 'accounts_app', '0006_verified_addresses', CURRENT_TIMESTAMP),
(22, 'accounts_app', '0007_name_keys', CURRENT_TIMESTAMP),
(23, 'accounts_app', '0008_kept_marks', CURRENT_TIMESTAMP),
(24, 'accounts_app', '0009_look_alike_keys', CURRENT_TIMESTAMP),
(25, 'accounts_app', '0010_attempts_under_way', CURRENT_TIMESTAMP),
(26, 'accounts_app', '0011_deletion_requested', CURRENT_TIMESTAMP),
(27, 'accounts_app', '0012_personal_tokens', CURRENT_TIMESTAMP),
(28, 'accounts_app', '0013_sign_ins_and_password_links', CURRENT_TIMESTAMP),
(29, 'accounts_app', '0014_second_factors', CURRENT_TIMESTAMP),
(30, 'accounts_app', '0015_signin_failures', CURRENT_TIMESTAMP),
(31, 'accounts_app', '0016_lockouts', CURRENT_TIMESTAMP),
(32, 'admin', '0001_initial', CURRENT_TIMESTAMP),
(33, 'admin', '0002_logentry_remove_auto_add', CURRENT_TIMESTAMP),
(34, 'admin', '0003_logentry_add_action_flag_choices', CURRENT_TIMESTAMP),
(35, 'audit_app', '0001_initial', CURRENT_TIMESTAMP),
(36, 'audit_app', '0002_protection', CURRENT_TIMESTAMP),
(37, 'audit_app', '0003_verified_positions', CURRENT_TIMESTAMP),
(38, 'audit_app', '0004_keys', CURRENT_TIMESTAMP),
(39, 'audit_app', '0005_anchors', CURRENT_TIMESTAMP),
(40, 'django_celery_beat', '0001_initial', CURRENT_TIMESTAMP),
(41, 'django_celery_beat', '0002_auto_20161118_0346', CURRENT_TIMESTAMP),
(42, 'django_celery_beat', '0003_auto_20161209_0049', CURRENT_TIMESTAMP),
(43, 'django_celery_beat', '0004_auto_20170221_0000', CURRENT_TIMESTAMP),
(44, 'django_celery_beat', '0005_add_solarschedule_events_choices', CURRENT_TIMESTAMP),
(45, 'django_celery_beat', '0006_auto_20180322_0932', CURRENT_TIMESTAMP),
(46, 'django_celery_beat', '0007_auto_20180521_0826', CURRENT_TIMESTAMP),
(47, 'django_celery_beat', '0008_auto_20180914_1922', CURRENT_TIMESTAMP),
(48, 'django_celery_beat', '0006_auto_20180210_1226', CURRENT_TIMESTAMP),
(49, 'django_celery_beat', '0006_periodictask_priority', CURRENT_TIMESTAMP),
(50, 'django_celery_beat', '0009_periodictask_headers', CURRENT_TIMESTAMP),
(51, 'django_celery_beat', '0010_auto_20190429_0326', CURRENT_TIMESTAMP),
(52, 'django_celery_beat', '0011_auto_20190508_0153', CURRENT_TIMESTAMP),
(53, 'django_celery_beat', '0012_periodictask_expire_seconds', CURRENT_TIMESTAMP),
(54, 'django_celery_beat', '0013_auto_20200609_0727', CURRENT_TIMESTAMP),
(55, 'django_celery_beat', '0014_remove_clockedschedule_enabled', CURRENT_TIMESTAMP),
(56, 'django_celery_beat', '0015_edit_solarschedule_events_choices', CURRENT_TIMESTAMP),
(57, 'django_celery_beat', '0016_alter_crontabschedule_timezone', CURRENT_TIMESTAMP),
(58, 'django_celery_beat', '0017_alter_crontabschedule_month_of_year', CURRENT_TIMESTAMP),
(59, 'django_celery_beat', '0018_improve_crontab_helptext', CURRENT_TIMESTAMP),
(60, 'django_celery_beat', '0019_alter_periodictasks_options', CURRENT_TIMESTAMP),
(61, 'events_app', '0001_initial', CURRENT_TIMESTAMP),
(62, 'events_app', '0002_postgresql_storage', CURRENT_TIMESTAMP),
(63, 'events_app', '0003_epoch', CURRENT_TIMESTAMP),
(64, 'events_app', '0004_client_request_id', CURRENT_TIMESTAMP),
(65, 'events_app', '0005_hang_notes', CURRENT_TIMESTAMP),
(66, 'notifications_app', '0001_initial', CURRENT_TIMESTAMP),
(67, 'notifications_app', '0002_delivery_detail', CURRENT_TIMESTAMP),
(68, 'notifications_app', '0003_hourly_mails', CURRENT_TIMESTAMP),
(69, 'notifications_app', '0004_push_subscriptions', CURRENT_TIMESTAMP),
(70, 'realtime_app', '0001_sockets', CURRENT_TIMESTAMP),
(71, 'tasks_app', '0001_initial', CURRENT_TIMESTAMP),
(72, 'tasks_app', '0002_search_index', CURRENT_TIMESTAMP),
(73, 'tasks_app', '0003_stuck_series', CURRENT_TIMESTAMP),
(74, 'tasks_app', '0003_missed_slots', CURRENT_TIMESTAMP),
(75, 'tasks_app', '0004_advance', CURRENT_TIMESTAMP),
(76, 'tasks_app', '0005_search_version', CURRENT_TIMESTAMP),
(77, 'tasks_app', '0006_title_key', CURRENT_TIMESTAMP),
(78, 'tasks_app', '0007_trash_jobs', CURRENT_TIMESTAMP),
(79, 'tasks_app', '0008_tag_key_order', CURRENT_TIMESTAMP),
(80, 'tasks_app', '0009_documents', CURRENT_TIMESTAMP),
(81, 'tasks_app', '0010_search_states', CURRENT_TIMESTAMP),
(82, 'tasks_app', '0011_saved_views', CURRENT_TIMESTAMP);
