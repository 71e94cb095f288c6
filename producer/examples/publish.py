# python3 publish.py HOST:PORT https://pay.example/charge
import ctypes, json, sys

lib = ctypes.CDLL("libautohttp.so.0")
for name in ("autohttp_config_new", "autohttp_new"):
    getattr(lib, name).restype = ctypes.c_void_p
errstr, size = ctypes.create_string_buffer(512), ctypes.c_size_t(512)

config = ctypes.c_void_p(lib.autohttp_config_new())
if lib.autohttp_config_set(config, b"bootstrap.servers", sys.argv[1].encode(), errstr, size) != 0:
    sys.exit(errstr.value.decode())
handle = ctypes.c_void_p(lib.autohttp_new(config, errstr, size))  # one for the whole process
if not handle:
    sys.exit(errstr.value.decode())

text = json.dumps({"business_type": "order", "business_id": "43", "url": sys.argv[2], "body": '{"amount": 1}',
                   "retry_type": "ladder", "retry_ladder_interval": [60, 300, 1800]}).encode()
task, task_id = ctypes.c_void_p(), ctypes.c_uint64()
rc = lib.autohttp_task_from_json(text, ctypes.c_size_t(len(text)), ctypes.byref(task), errstr, size)
if rc == 0:
    rc = lib.autohttp_publish_sync(handle, task, 10000, ctypes.byref(task_id), errstr, size)
lib.autohttp_free(handle, 10000)
print(f"published as {task_id.value}" if rc == 0 else errstr.value.decode())
sys.exit(rc)
