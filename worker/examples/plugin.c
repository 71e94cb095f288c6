/* An example of a plugin: signs what is sent, looks into answers, tells of tasks that failed.
 *
 *   cc -shared -fPIC -o plugin.so plugin.c -lcrypto
 *
 *   plugin: /usr/lib/autohttp/plugin.so
 *   plugin_config: /etc/autohttp/signing.key
 *
 * plugin_config names a file with the key, so that the key itself does not stand in the configuration.
 */
#include <autohttp_plugin.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plugin {
    const autohttp_plugin_host_t *host;
    unsigned char key[256];
    size_t key_bytes;
};

static int open_plugin(const autohttp_plugin_host_t *host, const char *config, void **ret_opaque, char *errstr,
                       size_t errstr_bytes)
{
    struct plugin *plugin = calloc(1, sizeof *plugin);
    FILE *file = fopen(config, "rb");

    if (plugin != NULL && file != NULL) {
        plugin->host = host;
        plugin->key_bytes = fread(plugin->key, 1, sizeof plugin->key, file);
    }
    if (file != NULL) {
        fclose(file);
    }
    if (plugin == NULL || plugin->key_bytes == 0) {
        snprintf(errstr, errstr_bytes, "no key in the file that plugin_config names: \"%s\"", config);
        free(plugin);
        return AUTOHTTP_PLUGIN_ERROR;
    }
    *ret_opaque = plugin;
    return AUTOHTTP_PLUGIN_OK;
}

static void close_plugin(void *opaque)
{
    free(opaque);
}

/* X-Signature: sha256=<HMAC of the body in hex>, anew for every attempt. */
static int sign(autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes, void *opaque)
{
    const struct plugin *plugin = opaque;
    size_t body_bytes = 0;
    const void *body = plugin->host->get_body(item, &body_bytes);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_bytes = 0;
    char text[sizeof "sha256=" + 2 * EVP_MAX_MD_SIZE] = "sha256=";

    if (HMAC(EVP_sha256(), plugin->key, (int)plugin->key_bytes, body != NULL ? body : (const void *)"", body_bytes,
             digest, &digest_bytes) == NULL) {
        snprintf(errstr, errstr_bytes, "the body cannot be signed");
        return AUTOHTTP_PLUGIN_ERROR;
    }
    for (unsigned int i = 0; i < digest_bytes; i++) {
        snprintf(text + strlen("sha256=") + 2 * i, 3, "%02x", digest[i]);
    }
    return plugin->host->set_header(item, "X-Signature", text);
}

/* An endpoint that answers 200 and says in the body that it did not work. */
static int judge(const autohttp_plugin_item_t *item, const autohttp_plugin_response_t *response, char *errstr,
                 size_t errstr_bytes, void *opaque)
{
    static const char failed[] = "\"ok\":false";

    (void)item;
    (void)opaque;
    if (response->status < 200 || response->status > 299) {
        snprintf(errstr, errstr_bytes, "no success status");
        return AUTOHTTP_PLUGIN_INVALID;
    }
    for (size_t i = 0; i + strlen(failed) <= response->body_bytes; i++) {
        if (memcmp((const char *)response->body + i, failed, strlen(failed)) == 0) {
            snprintf(errstr, errstr_bytes, "the body says that it failed");
            return AUTOHTTP_PLUGIN_INVALID;
        }
    }
    return AUTOHTTP_PLUGIN_OK;
}

static int tell(const autohttp_plugin_item_t *item, const char *err_message, void *opaque)
{
    const struct plugin *plugin = opaque;

    if (plugin->host->get_status(item) == AUTOHTTP_PLUGIN_FAILURE) {
        fprintf(stderr, "%s %s failed: %s\n", plugin->host->get_business_type(item),
                plugin->host->get_business_id(item), err_message);
    }
    return AUTOHTTP_PLUGIN_OK;
}

const autohttp_plugin_t *autohttp_plugin_get(void)
{
    static const autohttp_plugin_t functions = {
        .bytes = sizeof functions,
        .abi = AUTOHTTP_PLUGIN_ABI,
        .open = open_plugin,
        .close = close_plugin,
        .on_task_building = sign,
        .on_task_result_valid = judge,
        .on_task_status_update = tell,
    };

    return &functions;
}
