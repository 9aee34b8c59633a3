BEGIN TRANSACTION;
CREATE TABLE events (
    run_id TEXT NOT NULL,
    n      INTEGER NOT NULL,
    at     TEXT NOT NULL,
    kind   TEXT NOT NULL,
    data   TEXT NOT NULL,
    hash   BLOB NOT NULL,
    PRIMARY KEY (run_id, n)
);
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',1,'2026-11-25T03:17:54.429727968Z','RunStarted','{"format":1,"flow":"collect","flow_digest":"b6f1234eb09a301e903ab1bc17f104ead11a314dd54d4edd31e8b0a593741f7a","file":"collect.yaml","key":"K1","seed":"892992b5-8a06-45cc-9d9e-304f7b23ad55","inputs":{"fullname":"Jane Doe","phone":"231770000001","email":null,"country":"LR","currency":"USD","items":[{"name":"Strategy Session","qty":1,"amount":250.00}]},"base_url":"sandbox","sandbox":true}',X'CFC0CFC8883B4230449124C061B07C17B0D6C3588BC922F590E85FFEEBD20583');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',2,'2026-11-25T03:17:54.435567026Z','RequestIntended','{"step":"token","purpose":"main","class":"read","method":"POST","path":"/v1/jwt/client/obtain/token","body":{}}',X'6B9011875E42C3928CDC26DDD88F54EECD6429F3F2A4DB2B02CD3BDF801D8271');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',3,'2026-11-25T03:17:54.435731675Z','ReplyObserved','{"step":"token","purpose":"main","delivery":{"answered":{"status":200,"body":{"access_token":"***","expires_in":60},"server_date":"2026-11-25T03:17:54Z"}}}',X'7CDB3BC1E86580C63F5F1B706E354FEA8320B7EC1B6326440881BACB8305A2B0');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',4,'2026-11-25T03:17:54.435994458Z','StepSucceeded','{"step":"token","outputs":{"access_token":"***","expires_in":60}}',X'688AF7E9D730F55685429A4A07B3FC24C9B814BAE5CF6CA095498FC9B2124CFF');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',5,'2026-11-25T03:17:54.436409096Z','RequestIntended','{"step":"party","purpose":"main","class":"create","method":"POST","path":"/v1/parties/create","body":{"fullname":"Jane Doe","phone":"231770000001","country_code":"LR"}}',X'D641905665C2210CC015AD9BE5BE146D311D93B71AE8C8EB4B69E4502814E65D');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',6,'2026-11-25T03:17:54.440016416Z','ReplyObserved','{"step":"party","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":42,"fullname":"Jane Doe","phone":"231770000001","email":null,"country_code":"LR","created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"},"server_date":"2026-11-25T03:17:54Z"}}}',X'B82A12FFD4AEBC3C844CFDD069A2C30BF2FE0D18768CE7D3008B6E8919FC9CD2');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',7,'2026-11-25T03:17:54.440287395Z','StepSucceeded','{"step":"party","outputs":{"id":42,"fullname":"Jane Doe","phone":"231770000001","email":null,"country_code":"LR","created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"}}',X'E424D7FDA771875EA1A6028F5D7860E67B9E32F854ABB8C058702327A8A49511');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',8,'2026-11-25T03:17:54.440699248Z','RequestIntended','{"step":"counterparty","purpose":"main","class":"create","method":"POST","path":"/v1/counterparties/create","body":{"party_id":42,"relationship_type":"CUSTOMER"}}',X'E946EF1E30D718948316CB438DC60E95CE1AF9AF8A3E6495494CEFE5CA8008C4');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',9,'2026-11-25T03:17:54.443421908Z','ReplyObserved','{"step":"counterparty","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":15,"relationship_type":"CUSTOMER","party_id":42,"created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"},"server_date":"2026-11-25T03:17:54Z"}}}',X'AD8FA538D3BD0CF631B40BF8DB9E0CA13AD5018857F2B8A555D6A203109ACC24');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',10,'2026-11-25T03:17:54.443578381Z','StepSucceeded','{"step":"counterparty","outputs":{"id":15,"relationship_type":"CUSTOMER","party_id":42,"created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"}}',X'9CE6306C8589FD1B3854B035764B51777AE9B4B9D8436423161A62EC84ED36BB');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',11,'2026-11-25T03:17:54.443957142Z','RequestIntended','{"step":"invoice","purpose":"main","class":"create","method":"POST","path":"/v1/invoices/create","body":{"counterparty_id":15,"currency":"USD","note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"reference_id":"df-5feb985b616e4f4bae7153c2bf3329f7-invoice"}}',X'3A5F8CC7CB30B67D2804EA30F640B04A903429E67760CA34BB25C79CAAF26DA7');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',12,'2026-11-25T03:17:54.446544969Z','ReplyObserved','{"step":"invoice","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":101,"invoice_number":"INV-2026-00101","status":"IDLE","currency":"USD","total_amount":0.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":15,"reference_id":"df-5feb985b616e4f4bae7153c2bf3329f7-invoice","due_date":null,"created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"},"server_date":"2026-11-25T03:17:54Z"}}}',X'3B1E1CFF48CBE9CFB1A5EEDA4A70DBAEAEC96151E136C0C4F48213275033AF1B');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',13,'2026-11-25T03:17:54.446727411Z','StepSucceeded','{"step":"invoice","outputs":{"id":101,"invoice_number":"INV-2026-00101","status":"IDLE","currency":"USD","total_amount":0.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":15,"reference_id":"df-5feb985b616e4f4bae7153c2bf3329f7-invoice","due_date":null,"created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"}}',X'BC4DD69429927127577EE3423C1AA0BBC4298F9705FFF6A0C436087D74399CE2');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',14,'2026-11-25T03:17:54.447223031Z','RequestIntended','{"step":"items","purpose":"main","class":"create","method":"POST","path":"/v1/invoices/101/items/add","body":{"name":"Strategy Session","qty":1,"amount":250.00,"currency":"USD"}}',X'85DD60026097314550BCD428D867DE5FD58AAEE85BB9D1AFDA9497352B95B56E');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',15,'2026-11-25T03:17:54.449829142Z','ReplyObserved','{"step":"items","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":7,"invoice_id":101,"name":"Strategy Session","currency":"USD","qty":1,"amount":250.00,"created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"},"server_date":"2026-11-25T03:17:54Z"}}}',X'CB5F1996681064E99F81141A935DCC8A82A0AC6B212A7E2D4C743BFC28BA4749');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',16,'2026-11-25T03:17:54.450110340Z','StepSucceeded','{"step":"items","outputs":{"invoice_id":101,"count":1,"items":[{"id":7,"invoice_id":101,"name":"Strategy Session","currency":"USD","qty":1,"amount":250.00,"created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"}],"total_amount":250.00,"currency":"USD"}}',X'F0EA70592CB317545C2DEC0B0BC8A855A574BCA0CBE5D6B298685F4ECF7404B9');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',17,'2026-11-25T03:17:54.450463643Z','RequestIntended','{"step":"publish","purpose":"main","class":"idempotent","method":"PUT","path":"/v1/invoices/publish/101"}',X'69B8735088BBE8B6CBFBFE6FF3FDE810285E2D0EFA92309A238105A80F97F084');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',18,'2026-11-25T03:17:54.452699339Z','ReplyObserved','{"step":"publish","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":101,"invoice_number":"INV-2026-00101","status":"ACTIVE","currency":"USD","total_amount":250.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":15,"reference_id":"df-5feb985b616e4f4bae7153c2bf3329f7-invoice","due_date":null,"created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"},"server_date":"2026-11-25T03:17:54Z"}}}',X'4268AFAE3E24A6115BFAB3E700C2D896665C01CAFAF7C1ED464181DB34DB9A13');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',19,'2026-11-25T03:17:54.452947033Z','StepSucceeded','{"step":"publish","outputs":{"id":101,"invoice_number":"INV-2026-00101","status":"ACTIVE","currency":"USD","total_amount":250.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":15,"reference_id":"df-5feb985b616e4f4bae7153c2bf3329f7-invoice","due_date":null,"created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"}}',X'96BEABD2B02C17FE76CB79A952EF047C02E2860C356BDE6C73F075142B7B2322');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',20,'2026-11-25T03:17:54.453283705Z','RequestIntended','{"step":"wallet","purpose":"main","class":"read","method":"GET","path":"/v1/predictions/mmo-provider-info","query":[["phone","231770000001"],["operation_type","COLLECTION"]]}',X'55ED54DFBCBCBF04E1DF0D7F84C490F27D0E5835249CA112CB5CC954E8DD48F7');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',21,'2026-11-25T03:17:54.454592512Z','ReplyObserved','{"step":"wallet","purpose":"main","delivery":{"answered":{"status":200,"body":{"carrier":"MTN Liberia","country":"LR","currencies":["LRD","USD"],"phone":"231770000001","payment_method":"MTN_MOMO_LBR","gateway_provider":"PAWAPAY","operation_type":"COLLECTION"},"server_date":"2026-11-25T03:17:54Z"}}}',X'B3025C09788BA41F2FCAAD42DE0B9F9869CA9799121647E8FB1535186CA591B8');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',22,'2026-11-25T03:17:54.454777849Z','StepSucceeded','{"step":"wallet","outputs":{"carrier":"MTN Liberia","country":"LR","currencies":["LRD","USD"],"phone":"231770000001","payment_method":"MTN_MOMO_LBR","gateway_provider":"PAWAPAY","operation_type":"COLLECTION"}}',X'F6CFEAAE44E5DEF47A29FB5F37E4F250121C61E7922D183656FD60C4F6B6D10D');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',23,'2026-11-25T03:17:54.455142905Z','RequestIntended','{"step":"checkout","purpose":"main","class":"harmless","method":"POST","path":"/v1/sessions/checkout","body":{"source_id":101,"source_type":"INVOICE"}}',X'93B11DE2900CA1915D5A0D9F6EEA0863856F661FF3B33A862F5639A8148BE4D5');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',24,'2026-11-25T03:17:54.457960021Z','ReplyObserved','{"step":"checkout","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":55,"source_id":101,"source_type":"INVOICE","payment_account_id":null,"status":"ACTIVE","expires_at":"2026-11-25T03:32:54Z","created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"},"server_date":"2026-11-25T03:17:54Z"}}}',X'B93B7854B1CC8FFE07AE7BFE98FF0EB3F72D09503CC4B5A7D695DAD7AD9371DA');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',25,'2026-11-25T03:17:54.458127135Z','StepSucceeded','{"step":"checkout","outputs":{"id":55,"source_id":101,"source_type":"INVOICE","payment_account_id":null,"status":"ACTIVE","expires_at":"2026-11-25T03:32:54Z","created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"}}',X'F33B442B5B7DA97145321D113D17E69F0EA3B47267EDDE0FFC9536BB337D9FF8');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',26,'2026-11-25T03:17:54.458588962Z','RequestIntended','{"step":"account","purpose":"main","class":"harmless","method":"POST","path":"/v1/payment-accounts/create","query":[["operation_type","COLLECTION"]],"body":{"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","party_id":42,"country_code":"LR","insensitive_account_number":"231770000001"}}',X'98AF8EB5AE19C1350B09A735566EE01523654B08785B6BD0F6AF6C4E773466B9');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',27,'2026-11-25T03:17:54.461606375Z','ReplyObserved','{"step":"account","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":18,"is_active":true,"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","operation_type":"COLLECTION","party_id":42,"country_code":"LR","insensitive_account_number":"231770000001","created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"},"server_date":"2026-11-25T03:17:54Z"}}}',X'141A4D95983BAD46E5801DCFB91FEC025DEB7BAA0693CE8992A9F96E5D0139E0');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',28,'2026-11-25T03:17:54.461802833Z','StepSucceeded','{"step":"account","outputs":{"id":18,"is_active":true,"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","operation_type":"COLLECTION","party_id":42,"country_code":"LR","insensitive_account_number":"231770000001","created_at":"2026-11-25T03:17:54Z","updated_at":"2026-11-25T03:17:54Z"}}',X'696AFE7337BECBE015B942D72687E564CD31A978D534787D043B58DD78C7AC26');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',29,'2026-11-25T03:17:54.462397970Z','RequestIntended','{"step":"execute","purpose":"main","class":"money","method":"POST","path":"/v1/executions/collection","body":{"session_id":"55","payment_account_id":"18","currency":"USD","reference_id":"bdd5dd97-5bde-4f6b-9ef1-f8f5041bbd8f"},"reference_id":"bdd5dd97-5bde-4f6b-9ef1-f8f5041bbd8f","moves":"250.00 USD"}',X'D1CD4F3F00CF5FD9519ABB76DE8D4672F16C0EAE53231DA6D5F883314EA94D25');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',30,'2026-11-25T03:17:54.465470437Z','ReplyObserved','{"step":"execute","purpose":"main","delivery":{"answered":{"status":200,"body":{"reference_id":"bdd5dd97-5bde-4f6b-9ef1-f8f5041bbd8f","status":"COMPLETED","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":"sbx-tx-00000001","gateway_message":null,"wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9001},"server_date":"2026-11-25T03:17:54Z"}}}',X'4B127BF83B022170C058412663ED185C560372F7B95E84A36329F564EC597DF8');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',31,'2026-11-25T03:17:54.465686532Z','StepSucceeded','{"step":"execute","outputs":{"reference_id":"bdd5dd97-5bde-4f6b-9ef1-f8f5041bbd8f","status":"COMPLETED","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":"sbx-tx-00000001","gateway_message":null,"wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9001}}',X'525125A9D93503C306D7DF45525C2B02F4A33C723C5A56BA90B76076D75BD2D9');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',32,'2026-11-25T03:17:55.467667212Z','Waited','{}',X'82C90024E6FD34BAA0F899E1D0AFFCFE11B6CDE5D5B147EDC59C54B72E9D40AA');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',33,'2026-11-25T03:17:55.468198569Z','RequestIntended','{"step":"poll","purpose":"main","class":"read","method":"GET","path":"/v1/status/collection/bdd5dd97-5bde-4f6b-9ef1-f8f5041bbd8f"}',X'6886F4A88C1FAB65D257E6398F012223BEFE5FF22933BA7A31D8D7BE0D63A9BA');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',34,'2026-11-25T03:17:55.470457519Z','ReplyObserved','{"step":"poll","purpose":"main","delivery":{"answered":{"status":200,"body":{"reference_id":"bdd5dd97-5bde-4f6b-9ef1-f8f5041bbd8f","status":"COMPLETED","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":"sbx-tx-00000001","gateway_message":null,"wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9001},"server_date":"2026-11-25T03:17:55Z"}}}',X'9A57367E8732B8CC3291A2B21132EF8EC32A6A053B11183F62A99E5E40F3623D');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',35,'2026-11-25T03:17:55.470743636Z','StepSucceeded','{"step":"poll","outputs":{"reference_id":"bdd5dd97-5bde-4f6b-9ef1-f8f5041bbd8f","status":"COMPLETED","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":"sbx-tx-00000001","gateway_message":null,"wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9001}}',X'6F87444FCF3131413C4ABAB24B798EEC19EA5D14322067435CC5C0D58C1CCF29');
INSERT INTO "events" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',36,'2026-11-25T03:17:55.471070629Z','RunFinished','{"outcome":"succeeded","outputs":{"status":"COMPLETED","reference_id":"bdd5dd97-5bde-4f6b-9ef1-f8f5041bbd8f","invoice_id":101}}',X'18D0BC81963811F240618D4F3FCBD8F755BA694657CEEDCF79C67C1186056291');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',1,'2026-11-25T03:17:55.512815834Z','RunStarted','{"format":1,"flow":"collect","flow_digest":"b6f1234eb09a301e903ab1bc17f104ead11a314dd54d4edd31e8b0a593741f7a","file":"collect.yaml","key":"K2","seed":"4b055298-6496-4ec5-bcba-02c72d9843e3","inputs":{"fullname":"Jane Doe","phone":"231770000002","email":null,"country":"LR","currency":"USD","items":[{"name":"Strategy Session","qty":1,"amount":250.00}]},"base_url":"sandbox","sandbox":true}',X'CB4401CDD0EEBCBCC394898E6166D05102C85B9D65446EE58DA4210FD4BBDD7C');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',2,'2026-11-25T03:17:55.517332751Z','RequestIntended','{"step":"token","purpose":"main","class":"read","method":"POST","path":"/v1/jwt/client/obtain/token","body":{}}',X'C047EB55B696FFFC7755FAE86C480E8D909FD21BD14B1D13BD59B80D6044C668');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',3,'2026-11-25T03:17:55.517454239Z','ReplyObserved','{"step":"token","purpose":"main","delivery":{"answered":{"status":200,"body":{"access_token":"***","expires_in":60},"server_date":"2026-11-25T03:17:55Z"}}}',X'E4CA9AA8D9396728A002E1A3CD6C26B1E52E7AB4C6AE4F54EAED6093C4BB2AE6');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',4,'2026-11-25T03:17:55.517595774Z','StepSucceeded','{"step":"token","outputs":{"access_token":"***","expires_in":60}}',X'FBB5176D0F33A81E7416355F1D53616199E76811DE85FFBE91E3A3B004FD46CA');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',5,'2026-11-25T03:17:55.517910225Z','RequestIntended','{"step":"party","purpose":"main","class":"create","method":"POST","path":"/v1/parties/create","body":{"fullname":"Jane Doe","phone":"231770000002","country_code":"LR"}}',X'380F5EDB566C0030DAD4A3AA4AB5F21F11F650B98A2E463F7C6398D32D754ED5');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',6,'2026-11-25T03:17:55.520359181Z','ReplyObserved','{"step":"party","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":43,"fullname":"Jane Doe","phone":"231770000002","email":null,"country_code":"LR","created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"},"server_date":"2026-11-25T03:17:55Z"}}}',X'5A47BF4063695EC1763F7B86E51BF378C0C4147C231A29600D09B4CB7E597E1F');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',7,'2026-11-25T03:17:55.520505836Z','StepSucceeded','{"step":"party","outputs":{"id":43,"fullname":"Jane Doe","phone":"231770000002","email":null,"country_code":"LR","created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"}}',X'4BFE2EDC42A2A51588306D35864A82CEBDDAEA51AAD1938879CF1C447D11A2DF');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',8,'2026-11-25T03:17:55.520770513Z','RequestIntended','{"step":"counterparty","purpose":"main","class":"create","method":"POST","path":"/v1/counterparties/create","body":{"party_id":43,"relationship_type":"CUSTOMER"}}',X'7BA47AEF71B8F26582BC5D43C0861460A86DFF9D437E909932F2EDDD742C945A');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',9,'2026-11-25T03:17:55.522956986Z','ReplyObserved','{"step":"counterparty","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":16,"relationship_type":"CUSTOMER","party_id":43,"created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"},"server_date":"2026-11-25T03:17:55Z"}}}',X'878D08762E5E64367346B29157C75A9225820B960F7E29E747DE2DAB2E58B0AB');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',10,'2026-11-25T03:17:55.523101618Z','StepSucceeded','{"step":"counterparty","outputs":{"id":16,"relationship_type":"CUSTOMER","party_id":43,"created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"}}',X'445465E4E3D3257475BBDEE16BE96438AD40302E69F3E0DDCEBF71A2352204FC');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',11,'2026-11-25T03:17:55.523371965Z','RequestIntended','{"step":"invoice","purpose":"main","class":"create","method":"POST","path":"/v1/invoices/create","body":{"counterparty_id":16,"currency":"USD","note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"reference_id":"df-b9a18298527a429890a7cd273e3d2ec5-invoice"}}',X'8C677DAC480ADD9748B4A00108CDBC44BFE9FF9224AC6B91BE85E063F4A7B9E5');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',12,'2026-11-25T03:17:55.525591560Z','ReplyObserved','{"step":"invoice","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":102,"invoice_number":"INV-2026-00102","status":"IDLE","currency":"USD","total_amount":0.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":16,"reference_id":"df-b9a18298527a429890a7cd273e3d2ec5-invoice","due_date":null,"created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"},"server_date":"2026-11-25T03:17:55Z"}}}',X'23C192B8C296076651B894CD20BA6B40CEE23DC1203A3BFFA87314CE900DCE1B');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',13,'2026-11-25T03:17:55.525779964Z','StepSucceeded','{"step":"invoice","outputs":{"id":102,"invoice_number":"INV-2026-00102","status":"IDLE","currency":"USD","total_amount":0.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":16,"reference_id":"df-b9a18298527a429890a7cd273e3d2ec5-invoice","due_date":null,"created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"}}',X'BAAFA6248627262F26513FE5994D6A28EBC219F3E48C4647BAC548DD45A2C073');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',14,'2026-11-25T03:17:55.526278540Z','RequestIntended','{"step":"items","purpose":"main","class":"create","method":"POST","path":"/v1/invoices/102/items/add","body":{"name":"Strategy Session","qty":1,"amount":250.00,"currency":"USD"}}',X'E1C02A2B27CB56CFB4BE292B6B39297053C59D3CB3792F4428E3389FF90278A5');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',15,'2026-11-25T03:17:55.528756791Z','ReplyObserved','{"step":"items","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":8,"invoice_id":102,"name":"Strategy Session","currency":"USD","qty":1,"amount":250.00,"created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"},"server_date":"2026-11-25T03:17:55Z"}}}',X'EDF7B23165E946B59C4C8E939BCFE2DA6D51D54F0754CC68355469B7B4774506');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',16,'2026-11-25T03:17:55.528995949Z','StepSucceeded','{"step":"items","outputs":{"invoice_id":102,"count":1,"items":[{"id":8,"invoice_id":102,"name":"Strategy Session","currency":"USD","qty":1,"amount":250.00,"created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"}],"total_amount":250.00,"currency":"USD"}}',X'FD8960471AC92FB0D5E0769FA85853B306DD62483B51AE13A9B19548941F5EF4');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',17,'2026-11-25T03:17:55.529279772Z','RequestIntended','{"step":"publish","purpose":"main","class":"idempotent","method":"PUT","path":"/v1/invoices/publish/102"}',X'FA066CBDFBACBD395A545495B5035E23827758FF1FDD7D9DCB8CD8A30615E171');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',18,'2026-11-25T03:17:55.531561224Z','ReplyObserved','{"step":"publish","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":102,"invoice_number":"INV-2026-00102","status":"ACTIVE","currency":"USD","total_amount":250.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":16,"reference_id":"df-b9a18298527a429890a7cd273e3d2ec5-invoice","due_date":null,"created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"},"server_date":"2026-11-25T03:17:55Z"}}}',X'C23754FDDB6196F85C76A4A2415D982D64005F4A6334BFBADF5942E2C147BACC');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',19,'2026-11-25T03:17:55.531760959Z','StepSucceeded','{"step":"publish","outputs":{"id":102,"invoice_number":"INV-2026-00102","status":"ACTIVE","currency":"USD","total_amount":250.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":16,"reference_id":"df-b9a18298527a429890a7cd273e3d2ec5-invoice","due_date":null,"created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"}}',X'F561FA56B8322F560DE1921372B4770B6AFE587284904509EF3E02CEE2E348D2');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',20,'2026-11-25T03:17:55.532080128Z','RequestIntended','{"step":"wallet","purpose":"main","class":"read","method":"GET","path":"/v1/predictions/mmo-provider-info","query":[["phone","231770000002"],["operation_type","COLLECTION"]]}',X'4E97563E5BB0C033670D152D5093D02EE32C73676BEE33B0B52F9685A4CB4E17');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',21,'2026-11-25T03:17:55.533226599Z','ReplyObserved','{"step":"wallet","purpose":"main","delivery":{"answered":{"status":200,"body":{"carrier":"MTN Liberia","country":"LR","currencies":["LRD","USD"],"phone":"231770000002","payment_method":"MTN_MOMO_LBR","gateway_provider":"PAWAPAY","operation_type":"COLLECTION"},"server_date":"2026-11-25T03:17:55Z"}}}',X'BC30343D5439B6695091717B55FD5CE150BC3375E9EA4E3851063FB049C8EA98');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',22,'2026-11-25T03:17:55.533348318Z','StepSucceeded','{"step":"wallet","outputs":{"carrier":"MTN Liberia","country":"LR","currencies":["LRD","USD"],"phone":"231770000002","payment_method":"MTN_MOMO_LBR","gateway_provider":"PAWAPAY","operation_type":"COLLECTION"}}',X'7D1B2B2507448D8D5D2498CF3892EE26D6FF275D5F0F1F1B6FD693290F4F9082');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',23,'2026-11-25T03:17:55.533580113Z','RequestIntended','{"step":"checkout","purpose":"main","class":"harmless","method":"POST","path":"/v1/sessions/checkout","body":{"source_id":102,"source_type":"INVOICE"}}',X'E495A2A99FF72CF2F4D31472B83D40A45DCC6DA5BA05ADC7892B2B7E4268FF31');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',24,'2026-11-25T03:17:55.536024841Z','ReplyObserved','{"step":"checkout","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":56,"source_id":102,"source_type":"INVOICE","payment_account_id":null,"status":"ACTIVE","expires_at":"2026-11-25T03:32:55Z","created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"},"server_date":"2026-11-25T03:17:55Z"}}}',X'D0113D4C8B0A0B7380F78433E6646F0CC30BAE2A346376019B38403E14691190');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',25,'2026-11-25T03:17:55.536177327Z','StepSucceeded','{"step":"checkout","outputs":{"id":56,"source_id":102,"source_type":"INVOICE","payment_account_id":null,"status":"ACTIVE","expires_at":"2026-11-25T03:32:55Z","created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"}}',X'31B0BB734CE6983E7296A894124EBC3486A4018B3B89E347D146CA7B75993FE7');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',26,'2026-11-25T03:17:55.536556689Z','RequestIntended','{"step":"account","purpose":"main","class":"harmless","method":"POST","path":"/v1/payment-accounts/create","query":[["operation_type","COLLECTION"]],"body":{"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","party_id":43,"country_code":"LR","insensitive_account_number":"231770000002"}}',X'B2DD91782604A13D1920A697EA9727935669D1FF92B78BA656825AF1C267F199');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',27,'2026-11-25T03:17:55.538996057Z','ReplyObserved','{"step":"account","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":19,"is_active":true,"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","operation_type":"COLLECTION","party_id":43,"country_code":"LR","insensitive_account_number":"231770000002","created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"},"server_date":"2026-11-25T03:17:55Z"}}}',X'B28D75F5891BF4D3DAD86A4122EC414853311B278B8B6133361F3B8BE8584CCE');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',28,'2026-11-25T03:17:55.539144466Z','StepSucceeded','{"step":"account","outputs":{"id":19,"is_active":true,"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","operation_type":"COLLECTION","party_id":43,"country_code":"LR","insensitive_account_number":"231770000002","created_at":"2026-11-25T03:17:55Z","updated_at":"2026-11-25T03:17:55Z"}}',X'13762125DA44526D7588944A5F77A0AD7DB998747188AB6F9934DD12DEB60921');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',29,'2026-11-25T03:17:55.539527204Z','RequestIntended','{"step":"execute","purpose":"main","class":"money","method":"POST","path":"/v1/executions/collection","body":{"session_id":"56","payment_account_id":"19","currency":"USD","reference_id":"a5330409-23d0-4f53-9382-c3edcab7b9de"},"reference_id":"a5330409-23d0-4f53-9382-c3edcab7b9de","moves":"250.00 USD"}',X'2139297E65C135B53FD189102F7BEA8A7996CF6C1BB0BE941BC4E7597933CAB3');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',30,'2026-11-25T03:17:55.542070968Z','ReplyObserved','{"step":"execute","purpose":"main","delivery":{"answered":{"status":200,"body":{"reference_id":"a5330409-23d0-4f53-9382-c3edcab7b9de","status":"PENDING","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":null,"gateway_message":null,"wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9002},"server_date":"2026-11-25T03:17:55Z"}}}',X'842847B2CF7EE4EAA41BE75A69C2E2ACAE88C561201EAF54F680B9DB9862694C');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',31,'2026-11-25T03:17:55.542245696Z','StepSucceeded','{"step":"execute","outputs":{"reference_id":"a5330409-23d0-4f53-9382-c3edcab7b9de","status":"PENDING","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":null,"gateway_message":null,"wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9002}}',X'2B175F9F3B847426A9E2EB42CAE6CFFA0B72D1518EC5F69DD76C48FCCA3398BC');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',32,'2026-11-25T03:17:56.544151505Z','Waited','{}',X'A1395595CF6E6C19929E1DBDCE092B6E1009EC6401BC827DB509BA4024EA1109');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',33,'2026-11-25T03:17:56.544604154Z','RequestIntended','{"step":"poll","purpose":"main","class":"read","method":"GET","path":"/v1/status/collection/a5330409-23d0-4f53-9382-c3edcab7b9de"}',X'6E80B4EF7255236C2A7474549907B2A641C8D5F7902700CAF7C943C68A85CF3E');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',34,'2026-11-25T03:17:56.546846723Z','ReplyObserved','{"step":"poll","purpose":"main","delivery":{"answered":{"status":200,"body":{"reference_id":"a5330409-23d0-4f53-9382-c3edcab7b9de","status":"PROCESSING","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":"sbx-tx-00000002","gateway_message":null,"wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9002},"server_date":"2026-11-25T03:17:56Z"}}}',X'EED53DE7294609946331AC97C74C1EFEC3C9E96F2F2D430119C63B81CEB4A3C0');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',35,'2026-11-25T03:17:56.547134704Z','NotFinalYet','{"step":"poll","status":"PROCESSING"}',X'B54D8CAF5E1036F132E1ECE4562B7E8687D1290A20E5DA738E7E18CFD92BFAB8');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',36,'2026-11-25T03:17:57.548836721Z','Waited','{}',X'8EF0E1195399A1E8A56E9B923752B6A11C0BBF2F1051ACD7B839C28C50007BAE');
INSERT INTO "events" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',37,'2026-11-25T03:17:57.549169034Z','RunFinished','{"outcome":"paused","failure":{"step":"poll","kind":"not_final","message":"the status is still PROCESSING after the time this flow waits","reference_id":"a5330409-23d0-4f53-9382-c3edcab7b9de","help":"this is normal for mobile money: `dollr-flow resume b9a18298-527a-4298-90a7-cd273e3d2ec5` goes on asking"}}',X'B1685CAED63BEDCDBACF32B9900CAFF67B2B402AE38EAB55BF5665DA92DBFEB7');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',1,'2026-11-25T03:17:57.587413559Z','RunStarted','{"format":1,"flow":"collect","flow_digest":"b6f1234eb09a301e903ab1bc17f104ead11a314dd54d4edd31e8b0a593741f7a","file":"collect.yaml","key":"K3","seed":"24736d3c-ed02-488d-9396-a8fe797948ff","inputs":{"fullname":"Jane Doe","phone":"231770000006","email":null,"country":"LR","currency":"USD","items":[{"name":"Strategy Session","qty":1,"amount":250.00}]},"base_url":"sandbox","sandbox":true}',X'5C370D3455B7C383A59F8DB65C748923218877943BA8A8227A793302FC87EBC1');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',2,'2026-11-25T03:17:57.592177770Z','RequestIntended','{"step":"token","purpose":"main","class":"read","method":"POST","path":"/v1/jwt/client/obtain/token","body":{}}',X'3BBA30FB59F43EA96279FBA34A5AAA77D03B98128EECFF2D944F6FD3CE200253');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',3,'2026-11-25T03:17:57.592308896Z','ReplyObserved','{"step":"token","purpose":"main","delivery":{"answered":{"status":200,"body":{"access_token":"***","expires_in":60},"server_date":"2026-11-25T03:17:57Z"}}}',X'E8B2F3E6FE567F2861110ED7007717515C098EA3F3BD5E6A5C15AEF294E9C068');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',4,'2026-11-25T03:17:57.592489405Z','StepSucceeded','{"step":"token","outputs":{"access_token":"***","expires_in":60}}',X'E4C44992784673F3B89C8CEF56928E85B03C01ED3FA714D2188FC6FBC151A878');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',5,'2026-11-25T03:17:57.592854921Z','RequestIntended','{"step":"party","purpose":"main","class":"create","method":"POST","path":"/v1/parties/create","body":{"fullname":"Jane Doe","phone":"231770000006","country_code":"LR"}}',X'6A3AD161D2188BF742BC16711F7AA6DF8DF40FA4BDA7E74723A3AC206A903217');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',6,'2026-11-25T03:17:57.595555750Z','ReplyObserved','{"step":"party","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":44,"fullname":"Jane Doe","phone":"231770000006","email":null,"country_code":"LR","created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"},"server_date":"2026-11-25T03:17:57Z"}}}',X'ECEE88273C046E0CC902C95D853D45609FF74FA1CFED8976CBB59CA4D52D5109');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',7,'2026-11-25T03:17:57.595721110Z','StepSucceeded','{"step":"party","outputs":{"id":44,"fullname":"Jane Doe","phone":"231770000006","email":null,"country_code":"LR","created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"}}',X'94E46E92317D3C1A812B2FF0C607205A083ABF504F99C472DB54AB1DC6E4CA1E');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',8,'2026-11-25T03:17:57.596083049Z','RequestIntended','{"step":"counterparty","purpose":"main","class":"create","method":"POST","path":"/v1/counterparties/create","body":{"party_id":44,"relationship_type":"CUSTOMER"}}',X'2736641E572BB8E8D42509F02C81EFFC995F25EDE136B3361566890ECF7A8BAC');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',9,'2026-11-25T03:17:57.598510575Z','ReplyObserved','{"step":"counterparty","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":17,"relationship_type":"CUSTOMER","party_id":44,"created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"},"server_date":"2026-11-25T03:17:57Z"}}}',X'B0A4EA460A0A953DE151530054E8B4540A6D6DF7E672A627566867124E5A86AD');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',10,'2026-11-25T03:17:57.598682848Z','StepSucceeded','{"step":"counterparty","outputs":{"id":17,"relationship_type":"CUSTOMER","party_id":44,"created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"}}',X'9637B04769AF1DD524D670F11205DAEC88D0ACB1D053FDC4AAE078646013682E');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',11,'2026-11-25T03:17:57.599100141Z','RequestIntended','{"step":"invoice","purpose":"main","class":"create","method":"POST","path":"/v1/invoices/create","body":{"counterparty_id":17,"currency":"USD","note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"reference_id":"df-328659d357fe42f782356ff047c25578-invoice"}}',X'776592FA1E5DD28E6338B3FD02962714AC4E5EEF1AA0E717C7D14E8E17593C6F');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',12,'2026-11-25T03:17:57.601927879Z','ReplyObserved','{"step":"invoice","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":103,"invoice_number":"INV-2026-00103","status":"IDLE","currency":"USD","total_amount":0.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":17,"reference_id":"df-328659d357fe42f782356ff047c25578-invoice","due_date":null,"created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"},"server_date":"2026-11-25T03:17:57Z"}}}',X'AE0CF3B969DC25DC3AB22E6AAB9E571D1DF0C8C01DF6C70830C867A290FF6C0E');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',13,'2026-11-25T03:17:57.602131971Z','StepSucceeded','{"step":"invoice","outputs":{"id":103,"invoice_number":"INV-2026-00103","status":"IDLE","currency":"USD","total_amount":0.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":17,"reference_id":"df-328659d357fe42f782356ff047c25578-invoice","due_date":null,"created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"}}',X'134C51A76866E07A6DEC51D4DEC7DE0E62A2ABDBFE612F8647976EEE38AEF3DB');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',14,'2026-11-25T03:17:57.602658339Z','RequestIntended','{"step":"items","purpose":"main","class":"create","method":"POST","path":"/v1/invoices/103/items/add","body":{"name":"Strategy Session","qty":1,"amount":250.00,"currency":"USD"}}',X'9A86C7464E322CEBF28B75FC1723A5BACEDCC2DEF1BA00802071F3AC54B3D33D');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',15,'2026-11-25T03:17:57.606093867Z','ReplyObserved','{"step":"items","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":9,"invoice_id":103,"name":"Strategy Session","currency":"USD","qty":1,"amount":250.00,"created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"},"server_date":"2026-11-25T03:17:57Z"}}}',X'C116589ECFB435B24B7C17D18A8972DFFF4725EA9BE69F6BDDBF9DA3310C4210');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',16,'2026-11-25T03:17:57.606458742Z','StepSucceeded','{"step":"items","outputs":{"invoice_id":103,"count":1,"items":[{"id":9,"invoice_id":103,"name":"Strategy Session","currency":"USD","qty":1,"amount":250.00,"created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"}],"total_amount":250.00,"currency":"USD"}}',X'8290A16A2670C8A13903014FC8BAC1BAF7785E64B95A6AFEB08E09C05EC2E0A0');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',17,'2026-11-25T03:17:57.606913976Z','RequestIntended','{"step":"publish","purpose":"main","class":"idempotent","method":"PUT","path":"/v1/invoices/publish/103"}',X'BA0F7EDAD3DF4EE8EB99A12BD9AADCA9338F31EC47D8D4286B309AC66AA49682');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',18,'2026-11-25T03:17:57.609527461Z','ReplyObserved','{"step":"publish","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":103,"invoice_number":"INV-2026-00103","status":"ACTIVE","currency":"USD","total_amount":250.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":17,"reference_id":"df-328659d357fe42f782356ff047c25578-invoice","due_date":null,"created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"},"server_date":"2026-11-25T03:17:57Z"}}}',X'5EADAF97833678779E19D4970527A9FACF19C57C56EE20519D42D1DD5EE5E654');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',19,'2026-11-25T03:17:57.609831251Z','StepSucceeded','{"step":"publish","outputs":{"id":103,"invoice_number":"INV-2026-00103","status":"ACTIVE","currency":"USD","total_amount":250.00,"note":"Consulting services","fee_bearer":"PAYER","as_payment_link":true,"counterparty_id":17,"reference_id":"df-328659d357fe42f782356ff047c25578-invoice","due_date":null,"created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"}}',X'E2C0F726DB981C3ED6C10B81D419DC3BF574B4D11BE85D6C4EB0EA17F0680142');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',20,'2026-11-25T03:17:57.610206385Z','RequestIntended','{"step":"wallet","purpose":"main","class":"read","method":"GET","path":"/v1/predictions/mmo-provider-info","query":[["phone","231770000006"],["operation_type","COLLECTION"]]}',X'ED94ECF09546D739E5EA1F35C026AC48E7F87F7BBFC6A38629AD6E68DD2850F2');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',21,'2026-11-25T03:17:57.611657198Z','ReplyObserved','{"step":"wallet","purpose":"main","delivery":{"answered":{"status":200,"body":{"carrier":"MTN Liberia","country":"LR","currencies":["LRD","USD"],"phone":"231770000006","payment_method":"MTN_MOMO_LBR","gateway_provider":"PAWAPAY","operation_type":"COLLECTION"},"server_date":"2026-11-25T03:17:57Z"}}}',X'DB75938EC2BBFA5A5E958CF475A3416DAEC292A38FEB6B5638120E9027881BCA');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',22,'2026-11-25T03:17:57.611864056Z','StepSucceeded','{"step":"wallet","outputs":{"carrier":"MTN Liberia","country":"LR","currencies":["LRD","USD"],"phone":"231770000006","payment_method":"MTN_MOMO_LBR","gateway_provider":"PAWAPAY","operation_type":"COLLECTION"}}',X'07C3712A3781153BA998727F2A95921C8339D20A1CC6B083F8609DF73AE5B225');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',23,'2026-11-25T03:17:57.612230935Z','RequestIntended','{"step":"checkout","purpose":"main","class":"harmless","method":"POST","path":"/v1/sessions/checkout","body":{"source_id":103,"source_type":"INVOICE"}}',X'AED03DE2EF8CFA3DB568706BAD7C88B39360CCE273125BD0B2C7A6B6B8E8F20B');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',24,'2026-11-25T03:17:57.615724511Z','ReplyObserved','{"step":"checkout","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":57,"source_id":103,"source_type":"INVOICE","payment_account_id":null,"status":"ACTIVE","expires_at":"2026-11-25T03:32:57Z","created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"},"server_date":"2026-11-25T03:17:57Z"}}}',X'47FE8FBDA00BDCC00C70B140013B4FE49E17A3865F41D02D9BE48827BA769777');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',25,'2026-11-25T03:17:57.615981774Z','StepSucceeded','{"step":"checkout","outputs":{"id":57,"source_id":103,"source_type":"INVOICE","payment_account_id":null,"status":"ACTIVE","expires_at":"2026-11-25T03:32:57Z","created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"}}',X'CACF3D374002DF3E627DC6D308B58DFF34EBBCB5A29B2997756FA951B418B5FB');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',26,'2026-11-25T03:17:57.616530213Z','RequestIntended','{"step":"account","purpose":"main","class":"harmless","method":"POST","path":"/v1/payment-accounts/create","query":[["operation_type","COLLECTION"]],"body":{"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","party_id":44,"country_code":"LR","insensitive_account_number":"231770000006"}}',X'45BF02F09E224390EF6AEA9DFD52E6E106170D158F1D6F4E644AC8C7FCF7E22B');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',27,'2026-11-25T03:17:57.619696615Z','ReplyObserved','{"step":"account","purpose":"main","delivery":{"answered":{"status":200,"body":{"id":20,"is_active":true,"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","operation_type":"COLLECTION","party_id":44,"country_code":"LR","insensitive_account_number":"231770000006","created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"},"server_date":"2026-11-25T03:17:57Z"}}}',X'2AAB0D3A50FFB20CB67C47D8010ADA27C98B65BD4A6B0EEED6D4A05FFA58B9F6');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',28,'2026-11-25T03:17:57.619931957Z','StepSucceeded','{"step":"account","outputs":{"id":20,"is_active":true,"account_name":"Jane Doe wallet","provider":"PAWAPAY","method":"MTN_MOMO_LBR","operation_type":"COLLECTION","party_id":44,"country_code":"LR","insensitive_account_number":"231770000006","created_at":"2026-11-25T03:17:57Z","updated_at":"2026-11-25T03:17:57Z"}}',X'5227534CAB62BF506EC29C73E0793792CFF22B67CFA2A6FB141E84CBC1EE2296');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',29,'2026-11-25T03:17:57.620464096Z','RequestIntended','{"step":"execute","purpose":"main","class":"money","method":"POST","path":"/v1/executions/collection","body":{"session_id":"57","payment_account_id":"20","currency":"USD","reference_id":"e191a9f5-5df5-4094-bca4-707033f7c73b"},"reference_id":"e191a9f5-5df5-4094-bca4-707033f7c73b","moves":"250.00 USD"}',X'B590249A1488636A0567253636D154711A2E7DA820B2F4EBAB2F65873FC3821E');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',30,'2026-11-25T03:17:57.624062609Z','ReplyObserved','{"step":"execute","purpose":"main","delivery":{"answered":{"status":200,"body":{"reference_id":"e191a9f5-5df5-4094-bca4-707033f7c73b","status":"FAILED","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":null,"gateway_message":"operator rejected","wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9003},"server_date":"2026-11-25T03:17:57Z"}}}',X'E6DCB2DF5AD1341204215CEBF9DF7E3FBF86E229EF481839038FB4C26AE398A8');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',31,'2026-11-25T03:17:57.624311126Z','StepFailed','{"step":"execute","failure":{"step":"execute","kind":"declined","message":"the payment failed: operator rejected","reference_id":"e191a9f5-5df5-4094-bca4-707033f7c73b"},"outputs":{"reference_id":"e191a9f5-5df5-4094-bca4-707033f7c73b","status":"FAILED","operation_type":"COLLECTION","payer_amount":257.50,"payer_currency":"USD","payee_amount":250.00,"payee_currency":"USD","provider_transaction_id":null,"gateway_message":"operator rejected","wallet_message":null,"requires_action":false,"client_secret":null,"payment_intent_id":9003}}',X'D8CEE62954243CD21B8BA782BD8961F79A398CD4C76FCAE2F7D77E12A2AFFC8F');
INSERT INTO "events" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',32,'2026-11-25T03:17:57.624568378Z','RunFinished','{"outcome":"failed","failure":{"step":"execute","kind":"declined","message":"the payment failed: operator rejected","reference_id":"e191a9f5-5df5-4094-bca4-707033f7c73b"}}',X'510D372393503227A1124FD2F1A3A2DAFAA95A04E9127C840FD4529B188E68C1');
CREATE TABLE flows (
    digest TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    text   TEXT NOT NULL
);
INSERT INTO "flows" VALUES('b6f1234eb09a301e903ab1bc17f104ead11a314dd54d4edd31e8b0a593741f7a','collect','# yaml-language-server: $schema=../schemas/flow.schema.json
#
# Use it when a customer pays one invoice from a mobile money wallet, now, while you wait.
# Inputs: who pays (fullname, phone, email), where (country, currency) and for what (items).
# Moves: the invoice''s total, once, from the customer''s wallet to you; the payer bears the fee.
version: 1
name: collect
description: Invoice a customer and collect the amount by mobile money.

inputs:
  fullname: { type: string, description: Who pays, example: Jane Doe }
  phone:    { type: phone, example: "231771234567" }
  email:    { type: email, required: false }
  country:  { type: country, default: LR }
  currency: { type: currency, default: USD }
  items:
    type: list
    default:
      - { name: Strategy Session, qty: 1, amount: 250.00 }

steps:
  - uses: token
  - uses: party
    with:
      fullname: "{{ inputs.fullname }}"
      phone: "{{ inputs.phone }}"
      email: "{{ inputs.email }}"
      country_code: "{{ inputs.country }}"
  - uses: counterparty
    with: { party_id: "{{ steps.party.id }}", relationship_type: CUSTOMER }
  - uses: invoice
    with:
      counterparty_id: "{{ steps.counterparty.id }}"
      currency: "{{ inputs.currency }}"
      note: Consulting services
      fee_bearer: PAYER
      as_payment_link: true
  - uses: items
    with: { invoice_id: "{{ steps.invoice.id }}", items: "{{ inputs.items }}" }
  - uses: publish
    with: { invoice_id: "{{ steps.invoice.id }}" }
  - id: wallet
    uses: detect
    with: { phone: "{{ inputs.phone }}", operation_type: COLLECTION }
  - uses: checkout
    with: { source_type: INVOICE, source_id: "{{ steps.invoice.id }}" }
  - uses: account
    with:
      account_name: "{{ inputs.fullname }} wallet"
      party_id: "{{ steps.party.id }}"
      method: "{{ steps.wallet.payment_method }}"
      provider: "{{ steps.wallet.gateway_provider }}"
      country_code: "{{ inputs.country }}"
      insensitive_account_number: "{{ inputs.phone }}"
  - uses: execute
    with:
      session_id: "{{ steps.checkout.id }}"
      payment_account_id: "{{ steps.account.id }}"
      currency: "{{ inputs.currency }}"
  - uses: poll
    with: { reference_id: "{{ steps.execute.reference_id }}", every: 2s, timeout: 1s }

outputs:
  status: "{{ steps.poll.status }}"
  reference_id: "{{ steps.execute.reference_id }}"
  invoice_id: "{{ steps.invoice.id }}"
');
CREATE TABLE heads (
    run_id TEXT PRIMARY KEY,
    n      INTEGER NOT NULL,
    hash   BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO "heads" VALUES('328659d3-57fe-42f7-8235-6ff047c25578',32,X'510D372393503227A1124FD2F1A3A2DAFAA95A04E9127C840FD4529B188E68C1');
INSERT INTO "heads" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7',36,X'18D0BC81963811F240618D4F3FCBD8F755BA694657CEEDCF79C67C1186056291');
INSERT INTO "heads" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5',37,X'B1685CAED63BEDCDBACF32B9900CAFF67B2B402AE38EAB55BF5665DA92DBFEB7');
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "meta" VALUES('format','1');
INSERT INTO "meta" VALUES('views','-- What people read with the sqlite3 shell. They are made anew when a program with other views opens the
-- journal. The JSON inside `data` is that of the events on floor 4.

DROP VIEW IF EXISTS runs;
CREATE VIEW runs AS
SELECT run_id, flow, key, status, exit_code, started_at, updated_at, base_url, batch,
       (SELECT n FROM heads WHERE heads.run_id = run_index.run_id) AS events
FROM run_index;

-- One row per step that anything happened to.
DROP VIEW IF EXISTS steps;
CREATE VIEW steps AS
WITH about AS (
    SELECT run_id, n, at, kind, data, json_extract(data, ''$.step'') AS step,
           CASE kind
               WHEN ''StepSucceeded'' THEN ''succeeded''
               WHEN ''StepFailed''    THEN ''failed''
               WHEN ''StepSkipped''   THEN ''skipped''
               WHEN ''StepUnclear''   THEN ''unclear''
           END AS verdict
    FROM events
    WHERE json_extract(data, ''$.step'') IS NOT NULL
),
seen AS (
    SELECT run_id, step, min(n) AS first_event, min(at) AS started_at, max(at) AS updated_at,
           max(CASE WHEN verdict IS NOT NULL THEN n END) AS last_verdict,
           sum(kind = ''RequestIntended'' AND json_extract(data, ''$.purpose'') = ''main'') AS requests
    FROM about
    GROUP BY run_id, step
)
SELECT seen.run_id, seen.step, coalesce(about.verdict, ''pending'') AS status, seen.requests,
       seen.started_at, seen.updated_at,
       json_extract(about.data, ''$.outputs'') AS outputs,
       coalesce(json_extract(about.data, ''$.failure.message''),
                json_extract(about.data, ''$.reason'')) AS message
FROM seen
LEFT JOIN about ON about.run_id = seen.run_id AND about.n = seen.last_verdict
ORDER BY seen.run_id, seen.first_event;

-- One row per payment that a run meant to make, with what the API last said about it.
DROP VIEW IF EXISTS executions;
CREATE VIEW executions AS
WITH meant AS (
    SELECT run_id, json_extract(data, ''$.step'') AS step,
           json_extract(data, ''$.reference_id'') AS reference_id,
           json_extract(data, ''$.path'') AS path, json_extract(data, ''$.moves'') AS moves,
           min(n) AS first_event, min(at) AS intended_at, count(*) AS requests
    FROM events
    WHERE kind = ''RequestIntended''
      AND json_extract(data, ''$.class'') = ''money'' AND json_extract(data, ''$.purpose'') = ''main''
    GROUP BY run_id, json_extract(data, ''$.reference_id'')
),
heard AS (
    SELECT run_id, n, at,
           coalesce(json_extract(data, ''$.delivery.answered.body''), json_extract(data, ''$.body''),
                    json_extract(data, ''$.found'')) AS body
    FROM events
    WHERE kind IN (''ReplyObserved'', ''RequestAdopted'', ''Reconciled'')
),
told AS (
    SELECT run_id, n, at,
           -- an error''s body may be plain text
           CASE WHEN json_valid(body) THEN json_extract(body, ''$.reference_id'') END AS reference_id,
           CASE WHEN json_valid(body) THEN json_extract(body, ''$.status'') END AS status
    FROM heard
)
SELECT meant.run_id, meant.step, meant.reference_id, meant.path, meant.moves,
       meant.intended_at, meant.requests, last.status AS api_status, last.at AS asked_at
FROM meant
LEFT JOIN told AS last ON last.run_id = meant.run_id AND last.n = (
    SELECT max(n) FROM told
    WHERE told.run_id = meant.run_id AND told.reference_id = meant.reference_id
      AND told.status IS NOT NULL
)
ORDER BY meant.run_id, meant.first_event;
');
CREATE TABLE run_index (
    run_id      TEXT PRIMARY KEY,
    flow        TEXT NOT NULL,
    flow_digest TEXT NOT NULL,
    key         TEXT,
    status      TEXT NOT NULL,
    exit_code   INTEGER,
    started_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    base_url    TEXT NOT NULL,
    batch       TEXT
);
INSERT INTO "run_index" VALUES('5feb985b-616e-4f4b-ae71-53c2bf3329f7','collect','b6f1234eb09a301e903ab1bc17f104ead11a314dd54d4edd31e8b0a593741f7a','K1','succeeded',0,'2026-11-25T03:17:54.429727968Z','2026-11-25T03:17:55.471070629Z','sandbox',NULL);
INSERT INTO "run_index" VALUES('b9a18298-527a-4298-90a7-cd273e3d2ec5','collect','b6f1234eb09a301e903ab1bc17f104ead11a314dd54d4edd31e8b0a593741f7a','K2','paused',3,'2026-11-25T03:17:55.512815834Z','2026-11-25T03:17:57.549169034Z','sandbox',NULL);
INSERT INTO "run_index" VALUES('328659d3-57fe-42f7-8235-6ff047c25578','collect','b6f1234eb09a301e903ab1bc17f104ead11a314dd54d4edd31e8b0a593741f7a','K3','failed',1,'2026-11-25T03:17:57.587413559Z','2026-11-25T03:17:57.624568378Z','sandbox',NULL);
CREATE UNIQUE INDEX run_by_key ON run_index (flow, key) WHERE key IS NOT NULL;
CREATE INDEX run_by_start ON run_index (started_at);
CREATE VIEW runs AS
SELECT run_id, flow, key, status, exit_code, started_at, updated_at, base_url, batch,
       (SELECT n FROM heads WHERE heads.run_id = run_index.run_id) AS events
FROM run_index;
CREATE VIEW steps AS
WITH about AS (
    SELECT run_id, n, at, kind, data, json_extract(data, '$.step') AS step,
           CASE kind
               WHEN 'StepSucceeded' THEN 'succeeded'
               WHEN 'StepFailed'    THEN 'failed'
               WHEN 'StepSkipped'   THEN 'skipped'
               WHEN 'StepUnclear'   THEN 'unclear'
           END AS verdict
    FROM events
    WHERE json_extract(data, '$.step') IS NOT NULL
),
seen AS (
    SELECT run_id, step, min(n) AS first_event, min(at) AS started_at, max(at) AS updated_at,
           max(CASE WHEN verdict IS NOT NULL THEN n END) AS last_verdict,
           sum(kind = 'RequestIntended' AND json_extract(data, '$.purpose') = 'main') AS requests
    FROM about
    GROUP BY run_id, step
)
SELECT seen.run_id, seen.step, coalesce(about.verdict, 'pending') AS status, seen.requests,
       seen.started_at, seen.updated_at,
       json_extract(about.data, '$.outputs') AS outputs,
       coalesce(json_extract(about.data, '$.failure.message'),
                json_extract(about.data, '$.reason')) AS message
FROM seen
LEFT JOIN about ON about.run_id = seen.run_id AND about.n = seen.last_verdict
ORDER BY seen.run_id, seen.first_event;
CREATE VIEW executions AS
WITH meant AS (
    SELECT run_id, json_extract(data, '$.step') AS step,
           json_extract(data, '$.reference_id') AS reference_id,
           json_extract(data, '$.path') AS path, json_extract(data, '$.moves') AS moves,
           min(n) AS first_event, min(at) AS intended_at, count(*) AS requests
    FROM events
    WHERE kind = 'RequestIntended'
      AND json_extract(data, '$.class') = 'money' AND json_extract(data, '$.purpose') = 'main'
    GROUP BY run_id, json_extract(data, '$.reference_id')
),
heard AS (
    SELECT run_id, n, at,
           coalesce(json_extract(data, '$.delivery.answered.body'), json_extract(data, '$.body'),
                    json_extract(data, '$.found')) AS body
    FROM events
    WHERE kind IN ('ReplyObserved', 'RequestAdopted', 'Reconciled')
),
told AS (
    SELECT run_id, n, at,
           -- an error's body may be plain text
           CASE WHEN json_valid(body) THEN json_extract(body, '$.reference_id') END AS reference_id,
           CASE WHEN json_valid(body) THEN json_extract(body, '$.status') END AS status
    FROM heard
)
SELECT meant.run_id, meant.step, meant.reference_id, meant.path, meant.moves,
       meant.intended_at, meant.requests, last.status AS api_status, last.at AS asked_at
FROM meant
LEFT JOIN told AS last ON last.run_id = meant.run_id AND last.n = (
    SELECT max(n) FROM told
    WHERE told.run_id = meant.run_id AND told.reference_id = meant.reference_id
      AND told.status IS NOT NULL
)
ORDER BY meant.run_id, meant.first_event;
COMMIT;
