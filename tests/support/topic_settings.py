"""Settings of topics on a broker, altered as an operator would: one of them, the others stay."""
from check import wait_until
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource


def describe(client, topic):
    resource = ConfigResource("topic", topic)
    return client.describe_configs([resource])[resource].result(20)


def set_topic(bootstrap, topic, settings):
    """Sets `settings` (name -> text; None takes the topic's own away), and waits until the broker shows them."""
    client = AdminClient({"bootstrap.servers": bootstrap})
    found = describe(client, topic)
    # The request replaces all settings: what is the topic's own is written again.
    own = {name: entry.value for name, entry in found.items()
           if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value}
    resource = ConfigResource("topic", topic)
    for name, value in {**own, **settings}.items():
        if value is not None:
            resource.set_config(name, value)
    client.alter_configs([resource])[resource].result(20)
    wanted = {name: value for name, value in settings.items() if value is not None}
    wait_until(lambda: {name: describe(client, topic)[name].value for name in wanted} == wanted,
               f"the settings of {topic} are visible")
