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
INSERT INTO "audio" VALUES('a5eccd8f8a833393070a8b7d565b5dd18193b8c5518632844b2668e09a3efaa5','.opus',3333,'opus',48000,1,0.3065,'http://demo.localhost:8765/audio/clip-0.opus','2026-11-22T23:00:45+00:00');
INSERT INTO "audio" VALUES('935d06e40104b7dba2b745942f5f2be04b708a13b66eab289c3b65b8234666f5','.opus',3334,'opus',48000,1,0.3065,'http://demo.localhost:8765/audio/clip-1.opus','2026-11-22T23:00:45+00:00');
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
INSERT INTO "comments" VALUES('demo:clip-0','0.2',0,'a slow sad piano 2',NULL,'likes','2024-01-03T10:00Z','c75aa5c2fb5d5703da1bc137ca7a1200',NULL,NULL,3,NULL,'2026-11-22T23:00:44+00:00');
INSERT INTO "comments" VALUES('demo:clip-0','0.1',1,'a slow sad piano 1',1200,'likes','2024-01-02T10:00Z','72df7698ff80cfbc76532177d16ef435',NULL,NULL,1,1.0,'2026-11-22T23:00:44+00:00');
INSERT INTO "comments" VALUES('demo:clip-0','0.0',2,'a slow sad piano 0',0,'likes','2024-01-01T10:00Z','f574f833710befa399a33ebb663279c6',NULL,NULL,2,0.0,'2026-11-22T23:00:44+00:00');
INSERT INTO "comments" VALUES('demo:clip-1','1.2',0,'a slow sad piano 2',NULL,'likes','2024-01-03T10:00Z','c75aa5c2fb5d5703da1bc137ca7a1200',NULL,NULL,3,NULL,'2026-11-22T23:00:45+00:00');
INSERT INTO "comments" VALUES('demo:clip-1','1.1',1,'a slow sad piano 1',1200,'likes','2024-01-02T10:00Z','72df7698ff80cfbc76532177d16ef435',NULL,NULL,1,9.99167360532889237134e-01,'2026-11-22T23:00:45+00:00');
INSERT INTO "comments" VALUES('demo:clip-1','1.0',2,'a slow sad piano 0',1,'likes','2024-01-01T10:00Z','f574f833710befa399a33ebb663279c6',NULL,NULL,2,8.32639467110741072868e-04,'2026-11-22T23:00:45+00:00');
INSERT INTO "comments" VALUES('demo:clip-2','2.2',0,'nice 2',NULL,'likes','2024-01-03T10:00Z','c75aa5c2fb5d5703da1bc137ca7a1200',NULL,NULL,3,NULL,'2026-11-22T23:00:45+00:00');
INSERT INTO "comments" VALUES('demo:clip-2','2.1',1,'nice 1',1200,'likes','2024-01-02T10:00Z','72df7698ff80cfbc76532177d16ef435',NULL,NULL,1,9.98336106489184693657e-01,'2026-11-22T23:00:45+00:00');
INSERT INTO "comments" VALUES('demo:clip-2','2.0',2,'nice 0',2,'likes','2024-01-01T10:00Z','f574f833710befa399a33ebb663279c6',NULL,NULL,2,1.66389351081530786034e-03,'2026-11-22T23:00:45+00:00');
CREATE TABLE evidence (
	id VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	rule VARCHAR NOT NULL, 
	allowed BOOLEAN NOT NULL, 
	detail VARCHAR NOT NULL, 
	checked_at VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "evidence" VALUES('b0d2d694aa55a05d','http://demo.localhost:8765/tracks','robots.txt',1,'no line against it','2026-11-22T23:00:44+00:00');
INSERT INTO "evidence" VALUES('a556966dcdc18c2e','http://demo.localhost:8765/tracks/clip-0','robots.txt',1,'no line against it','2026-11-22T23:00:44+00:00');
INSERT INTO "evidence" VALUES('07ef1fb496524971','http://demo.localhost:8765/tracks/clip-0','licence',1,'https://creativecommons.org/publicdomain/zero/1.0/ (taken: open)','2026-11-22T23:00:44+00:00');
INSERT INTO "evidence" VALUES('70f00120aafafb1d','http://demo.localhost:8765/audio/clip-0.opus','robots.txt',1,'no line against it','2026-11-22T23:00:44+00:00');
INSERT INTO "evidence" VALUES('39baa65583b46b5c','http://demo.localhost:8765/tracks/clip-1','robots.txt',1,'no line against it','2026-11-22T23:00:45+00:00');
INSERT INTO "evidence" VALUES('d014322a77aa1f3c','http://demo.localhost:8765/tracks/clip-1','licence',1,'https://creativecommons.org/publicdomain/zero/1.0/ (taken: open)','2026-11-22T23:00:45+00:00');
INSERT INTO "evidence" VALUES('714237e4679d4b14','http://demo.localhost:8765/audio/clip-1.opus','robots.txt',1,'no line against it','2026-11-22T23:00:45+00:00');
INSERT INTO "evidence" VALUES('ab6defd2d1515e51','http://demo.localhost:8765/tracks/clip-2','robots.txt',1,'no line against it','2026-11-22T23:00:45+00:00');
INSERT INTO "evidence" VALUES('34213d3c99694b75','http://demo.localhost:8765/tracks/clip-2','licence',1,'https://creativecommons.org/publicdomain/zero/1.0/ (taken: open)','2026-11-22T23:00:45+00:00');
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
INSERT INTO "meta" VALUES('schema_version','1');
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
INSERT INTO "tracks" VALUES('demo:clip-0','demo','clip-0','Piece 0 <&>','http://demo.localhost:8765/tracks/clip-0','http://demo.localhost:8765/audio/clip-0.opus','Artist 0','CC0-1.0','https://creativecommons.org/publicdomain/zero/1.0/',0.3,'work-0','["quiet", "tag0"]','done',NULL,NULL,'complete',NULL,1,1,'a5eccd8f8a833393070a8b7d565b5dd18193b8c5518632844b2668e09a3efaa5','2026-11-22T23:00:45+00:00');
INSERT INTO "tracks" VALUES('demo:clip-1','demo','clip-1','Piece 1 <&>','http://demo.localhost:8765/tracks/clip-1','http://demo.localhost:8765/audio/clip-1.opus','Artist 1','CC0-1.0','https://creativecommons.org/publicdomain/zero/1.0/',0.3,'work-1','["quiet", "tag1"]','done',NULL,NULL,'complete',NULL,1,1,'935d06e40104b7dba2b745942f5f2be04b708a13b66eab289c3b65b8234666f5','2026-11-22T23:00:45+00:00');
INSERT INTO "tracks" VALUES('demo:clip-2','demo','clip-2','Piece 2 <&>','http://demo.localhost:8765/tracks/clip-2','http://demo.localhost:8765/audio/clip-2.opus','Artist 0','CC0-1.0','https://creativecommons.org/publicdomain/zero/1.0/',0.3,'work-2','["quiet", "tag0"]','skipped','relevance: no voted comment describes the music','f06fe9b72feb03d7','complete',NULL,1,1,NULL,'2026-11-22T23:00:45+00:00');
CREATE TABLE traffic (
	source VARCHAR NOT NULL, 
	requests BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	PRIMARY KEY (source)
);
CREATE INDEX ix_evidence_url ON evidence (url);
CREATE INDEX tracks_by_state ON tracks (state, source);
COMMIT;
