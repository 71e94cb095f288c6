# python3 publish_confluent.py HOST:PORT https://pay.example/charge: any Kafka client will do, no library of ours
import json, sys
from confluent_kafka import Producer

outcome = []
producer = Producer({"bootstrap.servers": sys.argv[1], "acks": "all", "partitioner": "murmur2_random"})
task = {"business_type": "order", "business_id": "44", "url": sys.argv[2], "method": "POST", "body": '{"amount": 1}',
        "retry_type": "ladder", "retry_ladder_interval": [60, 300, 1800]}
producer.produce("autohttp.tasks", key="order:44", value=json.dumps(task),
                 on_delivery=lambda error, message: outcome.append(error or f"published at {message.offset()}"))
producer.flush(10)
print(*outcome or ["no acknowledgement yet: it may still be appended"])
