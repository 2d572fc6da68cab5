# Broadcasts as callers of socket services send them: one id in all of them, other content in each.

curl -X POST "http://localhost:8000/api/broadcast/company/company_a/role/user" \
     -H "Content-Type: application/json" \
     -d '{
         "id": "notif_1746245726.463395",
         "type": "notification",
         "payload": {
             "id": "notif_1746245726.463395",
             "title": "User Update",
             "message": "New features are available for Company A users",
             "type": "info",
             "created_at": "2025-05-03T11:15:26.463425",
             "read": false,
             "data": {
                 "topic": "new_features"
             }
         }
     }'

curl -X POST "http://localhost:8000/api/broadcast/role/admin" \
     -H "Content-Type: application/json" \
     -d '{
         "id": "notif_1746245726.463395",
         "type": "notification",
         "payload": {
             "id": "notif_1746245726.463395",
             "title": "Admin Alert",
             "message": "System maintenance will be performed tonight",
             "type": "warning",
             "created_at": "2025-05-03T11:15:26.463425",
             "read": false,
             "data": {
                 "topic": "system_maintenance"
             }
         }
     }'

curl -X POST "http://localhost:8000/api/broadcast/company/company_a" \
     -H "Content-Type: application/json" \
     -d '{
         "id": "notif_1746245726.463395",
         "type": "notification",
         "payload": {
             "id": "notif_1746245726.463395",
             "title": "Announcement for Company A",
             "message": "This is a special announcement for all Company A employees",
             "type": "info",
             "created_at": "2025-05-03T11:15:26.463425",
             "read": false,
             "data": {
                 "topic": "company_announcement"
             }
         }
     }'
