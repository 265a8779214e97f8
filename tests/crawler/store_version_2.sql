BEGIN TRANSACTION;
CREATE TABLE audio (
	sha256 VARCHAR NOT NULL, 
	suffix VARCHAR NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	codec VARCHAR NOT NULL, 
	sample_rate_hz INTEGER NOT NULL, 
	channels INTEGER NOT NULL, 
	duration_s FLOAT, 
	url VARCHAR NOT NULL, 
	fetched_at VARCHAR NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "audio" VALUES('1dc787cca98b1752ed66c6d380d399cdc5b1147f83ae067915f9d99269ccd7b4','.opus',3333,'opus',48000,1,0.3065,'http://demo.localhost:8765/audio/clip-0.opus','2026-11-29T07:29:14+00:00');
INSERT INTO "audio" VALUES('dbc88a910775254aa617f098c2cc4cda8afb6c0abf7acca3783a84cf17b54dfc','.opus',3334,'opus',48000,1,0.3065,'http://demo.localhost:8765/audio/clip-1.opus','2026-11-29T07:29:14+00:00');
CREATE TABLE comments (
	track_key VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	text VARCHAR NOT NULL, 
	votes BIGINT, 
	vote_kind VARCHAR NOT NULL, 
	written_at VARCHAR, 
	author_hash VARCHAR, 
	parent_id VARCHAR, 
	offset_s FLOAT, 
	rank INTEGER, 
	share FLOAT, 
	fetched_at VARCHAR NOT NULL, 
	PRIMARY KEY (track_key, id), 
	FOREIGN KEY(track_key) REFERENCES tracks ("key")
);
INSERT INTO "comments" VALUES('demo:clip-0','0.2',0,'a slow sad piano 2',NULL,'likes','2024-01-03T10:00Z','c274f5322b037f4d28011ff016298c72',NULL,NULL,3,NULL,'2026-11-29T07:29:13+00:00');
INSERT INTO "comments" VALUES('demo:clip-0','0.1',1,'a slow sad piano 1',1200,'likes','2024-01-02T10:00Z','81bf75af29e705ba6c65e9cba1f8b04d',NULL,NULL,1,1.0,'2026-11-29T07:29:13+00:00');
INSERT INTO "comments" VALUES('demo:clip-0','0.0',2,'a slow sad piano 0',0,'likes','2024-01-01T10:00Z','1486f348aeef9611cb5354f7f07d1a6b',NULL,NULL,2,0.0,'2026-11-29T07:29:13+00:00');
INSERT INTO "comments" VALUES('demo:clip-1','1.2',0,'a slow sad piano 2',NULL,'likes','2024-01-03T10:00Z','c274f5322b037f4d28011ff016298c72',NULL,NULL,3,NULL,'2026-11-29T07:29:14+00:00');
INSERT INTO "comments" VALUES('demo:clip-1','1.1',1,'a slow sad piano 1',1200,'likes','2024-01-02T10:00Z','81bf75af29e705ba6c65e9cba1f8b04d',NULL,NULL,1,9.99167360532889237134e-01,'2026-11-29T07:29:14+00:00');
INSERT INTO "comments" VALUES('demo:clip-1','1.0',2,'a slow sad piano 0',1,'likes','2024-01-01T10:00Z','1486f348aeef9611cb5354f7f07d1a6b',NULL,NULL,2,8.32639467110741072868e-04,'2026-11-29T07:29:14+00:00');
INSERT INTO "comments" VALUES('demo:clip-2','2.2',0,'nice 2',NULL,'likes','2024-01-03T10:00Z','c274f5322b037f4d28011ff016298c72',NULL,NULL,3,NULL,'2026-11-29T07:29:14+00:00');
INSERT INTO "comments" VALUES('demo:clip-2','2.1',1,'nice 1',1200,'likes','2024-01-02T10:00Z','81bf75af29e705ba6c65e9cba1f8b04d',NULL,NULL,1,9.98336106489184693657e-01,'2026-11-29T07:29:14+00:00');
INSERT INTO "comments" VALUES('demo:clip-2','2.0',2,'nice 0',2,'likes','2024-01-01T10:00Z','1486f348aeef9611cb5354f7f07d1a6b',NULL,NULL,2,1.66389351081530786034e-03,'2026-11-29T07:29:14+00:00');
CREATE TABLE evidence (
	id VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	rule VARCHAR NOT NULL, 
	allowed BOOLEAN NOT NULL, 
	detail VARCHAR NOT NULL, 
	checked_at VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "evidence" VALUES('b0d2d694aa55a05d','http://demo.localhost:8765/tracks','robots.txt',1,'no line against it','2026-11-29T07:29:13+00:00');
INSERT INTO "evidence" VALUES('a556966dcdc18c2e','http://demo.localhost:8765/tracks/clip-0','robots.txt',1,'no line against it','2026-11-29T07:29:13+00:00');
INSERT INTO "evidence" VALUES('07ef1fb496524971','http://demo.localhost:8765/tracks/clip-0','licence',1,'https://creativecommons.org/publicdomain/zero/1.0/ (taken: open)','2026-11-29T07:29:13+00:00');
INSERT INTO "evidence" VALUES('70f00120aafafb1d','http://demo.localhost:8765/audio/clip-0.opus','robots.txt',1,'no line against it','2026-11-29T07:29:13+00:00');
INSERT INTO "evidence" VALUES('39baa65583b46b5c','http://demo.localhost:8765/tracks/clip-1','robots.txt',1,'no line against it','2026-11-29T07:29:14+00:00');
INSERT INTO "evidence" VALUES('d014322a77aa1f3c','http://demo.localhost:8765/tracks/clip-1','licence',1,'https://creativecommons.org/publicdomain/zero/1.0/ (taken: open)','2026-11-29T07:29:14+00:00');
INSERT INTO "evidence" VALUES('714237e4679d4b14','http://demo.localhost:8765/audio/clip-1.opus','robots.txt',1,'no line against it','2026-11-29T07:29:14+00:00');
INSERT INTO "evidence" VALUES('ab6defd2d1515e51','http://demo.localhost:8765/tracks/clip-2','robots.txt',1,'no line against it','2026-11-29T07:29:14+00:00');
INSERT INTO "evidence" VALUES('34213d3c99694b75','http://demo.localhost:8765/tracks/clip-2','licence',1,'https://creativecommons.org/publicdomain/zero/1.0/ (taken: open)','2026-11-29T07:29:14+00:00');
INSERT INTO "evidence" VALUES('d286a93ce27121ea','http://demo.localhost:8765/tracks/clip-3','robots.txt',1,'no line against it','2026-11-29T07:29:14+00:00');
INSERT INTO "evidence" VALUES('23637bed4983fc07','http://demo.localhost:8765/tracks/clip-3','licence',1,'https://creativecommons.org/publicdomain/zero/1.0/ (taken: open)','2026-11-29T07:29:14+00:00');
INSERT INTO "evidence" VALUES('602d3974242426b0','http://demo.localhost:8765/audio/clip-3.opus','robots.txt',1,'no line against it','2026-11-29T07:29:14+00:00');
CREATE TABLE found (
	listing_id VARCHAR NOT NULL, 
	track_key VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (listing_id, track_key), 
	FOREIGN KEY(listing_id) REFERENCES listings (id), 
	FOREIGN KEY(track_key) REFERENCES tracks ("key")
);
INSERT INTO "found" VALUES('668fb75e09ec222f','demo:clip-0',0);
INSERT INTO "found" VALUES('668fb75e09ec222f','demo:clip-1',1);
INSERT INTO "found" VALUES('668fb75e09ec222f','demo:clip-2',2);
CREATE TABLE listings (
	id VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	"query" VARCHAR, 
	next_url VARCHAR, 
	finished BOOLEAN NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "listings" VALUES('668fb75e09ec222f','demo',NULL,NULL,1);
CREATE TABLE meta (
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema_version','2');
CREATE TABLE optouts (
	kind VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	added_at VARCHAR NOT NULL, 
	PRIMARY KEY (kind, value)
);
INSERT INTO "optouts" VALUES('track','demo:clip-3','2026-11-29T07:29:14+00:00');
CREATE TABLE rests (
	source VARCHAR NOT NULL, 
	until VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	times INTEGER NOT NULL, 
	PRIMARY KEY (source)
);
CREATE TABLE tombstones (
	track_key VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	removed_at VARCHAR NOT NULL, 
	PRIMARY KEY (track_key)
);
INSERT INTO "tombstones" VALUES('demo:clip-3','track','demo:clip-3','2026-11-29T07:29:14+00:00');
CREATE TABLE tracks (
	"key" VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	audio_url VARCHAR, 
	artist VARCHAR, 
	licence VARCHAR, 
	licence_text VARCHAR, 
	duration_s FLOAT, 
	work_id VARCHAR, 
	source_tags JSON NOT NULL, 
	state VARCHAR NOT NULL, 
	reason VARCHAR, 
	decided_by VARCHAR, 
	list_state VARCHAR NOT NULL, 
	next_comments_url VARCHAR, 
	comment_pages INTEGER NOT NULL, 
	comments_read BOOLEAN NOT NULL, 
	audio_sha256 VARCHAR, 
	fetched_at VARCHAR NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(audio_sha256) REFERENCES audio (sha256)
);
INSERT INTO "tracks" VALUES('demo:clip-0','demo','clip-0','Piece 0 <&>','http://demo.localhost:8765/tracks/clip-0','http://demo.localhost:8765/audio/clip-0.opus','Artist 0','CC0-1.0','https://creativecommons.org/publicdomain/zero/1.0/',0.3,'work-0','["quiet", "tag0"]','done',NULL,NULL,'complete',NULL,1,1,'1dc787cca98b1752ed66c6d380d399cdc5b1147f83ae067915f9d99269ccd7b4','2026-11-29T07:29:14+00:00');
INSERT INTO "tracks" VALUES('demo:clip-1','demo','clip-1','Piece 1 <&>','http://demo.localhost:8765/tracks/clip-1','http://demo.localhost:8765/audio/clip-1.opus','Artist 1','CC0-1.0','https://creativecommons.org/publicdomain/zero/1.0/',0.3,'work-1','["quiet", "tag1"]','done',NULL,NULL,'complete',NULL,1,1,'dbc88a910775254aa617f098c2cc4cda8afb6c0abf7acca3783a84cf17b54dfc','2026-11-29T07:29:14+00:00');
INSERT INTO "tracks" VALUES('demo:clip-2','demo','clip-2','Piece 2 <&>','http://demo.localhost:8765/tracks/clip-2','http://demo.localhost:8765/audio/clip-2.opus','Artist 0','CC0-1.0','https://creativecommons.org/publicdomain/zero/1.0/',0.3,'work-2','["quiet", "tag0"]','skipped','relevance: no voted comment describes the music','f06fe9b72feb03d7','complete',NULL,1,1,NULL,'2026-11-29T07:29:14+00:00');
CREATE TABLE traffic (
	source VARCHAR NOT NULL, 
	requests BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	PRIMARY KEY (source)
);
CREATE INDEX ix_evidence_url ON evidence (url);
CREATE INDEX tracks_by_state ON tracks (state, source);
COMMIT;
