#include "courier_class.h"

static const char *const class_names[] = {
    [COURIER_ANSWERED] = "answered",   [COURIER_DNS] = "dns",
    [COURIER_CONNECT] = "connect",     [COURIER_TLS] = "tls",
    [COURIER_TIMEOUT] = "timeout",     [COURIER_RESET] = "reset",
    [COURIER_TOO_LARGE] = "too_large", [COURIER_DENIED] = "denied",
    [COURIER_PROTOCOL] = "protocol",   [COURIER_INTERNAL] = "internal",
};

static const char *const phase_names[] = {
    [COURIER_PHASE_DNS] = "dns",   [COURIER_PHASE_CONNECT] = "connect",       [COURIER_PHASE_TLS] = "tls",
    [COURIER_PHASE_SEND] = "send", [COURIER_PHASE_FIRST_BYTE] = "first_byte", [COURIER_PHASE_BODY] = "body",
};

#define CLASS_COUNT (sizeof class_names / sizeof class_names[0])
#define PHASE_COUNT (sizeof phase_names / sizeof phase_names[0])

static const struct {
    CURLcode code;
    enum courier_class class;
} code_classes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, COURIER_DNS},
    {CURLE_COULDNT_RESOLVE_PROXY, COURIER_DNS},
    {CURLE_COULDNT_CONNECT, COURIER_CONNECT},
    {CURLE_INTERFACE_FAILED, COURIER_CONNECT},
    {CURLE_SSL_CONNECT_ERROR, COURIER_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, COURIER_TLS},
    {CURLE_SSL_CACERT_BADFILE, COURIER_TLS},
    {CURLE_SSL_CERTPROBLEM, COURIER_TLS},
    {CURLE_SSL_CIPHER, COURIER_TLS},
    {CURLE_SSL_ISSUER_ERROR, COURIER_TLS},
    {CURLE_SSL_CRL_BADFILE, COURIER_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, COURIER_TLS},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, COURIER_TLS},
    {CURLE_SSL_CLIENTCERT, COURIER_TLS},
    {CURLE_SSL_SHUTDOWN_FAILED, COURIER_TLS},
    {CURLE_USE_SSL_FAILED, COURIER_TLS},
    {CURLE_OPERATION_TIMEDOUT, COURIER_TIMEOUT},
    {CURLE_GOT_NOTHING, COURIER_RESET},
    {CURLE_SEND_ERROR, COURIER_RESET},
    {CURLE_RECV_ERROR, COURIER_RESET},
    {CURLE_PARTIAL_FILE, COURIER_RESET},
    {CURLE_SEND_FAIL_REWIND, COURIER_RESET},
    {CURLE_UNSUPPORTED_PROTOCOL, COURIER_PROTOCOL}, /* also HTTP/0.9, and a version that does not exist */
    {CURLE_WEIRD_SERVER_REPLY, COURIER_PROTOCOL},
    {CURLE_BAD_CONTENT_ENCODING, COURIER_PROTOCOL},
    {CURLE_HTTP2, COURIER_PROTOCOL},
    {CURLE_HTTP2_STREAM, COURIER_PROTOCOL},
    {CURLE_HTTP3, COURIER_PROTOCOL},
    {CURLE_FILESIZE_EXCEEDED, COURIER_PROTOCOL}, /* a Content-Length no file can have */
    /* One header line longer than curl takes. The code depends on curl's version. */
    {CURLE_OUT_OF_MEMORY, COURIER_TOO_LARGE},
    {(CURLcode)100, COURIER_TOO_LARGE}, /* CURLE_TOO_LARGE, since 8.6.0 */
};

const char *courier_class_get_name(enum courier_class class)
{
    return (size_t) class < CLASS_COUNT ? class_names[class] : "";
}

const char *courier_phase_get_name(enum courier_phase phase)
{
    return (size_t)phase < PHASE_COUNT ? phase_names[phase] : "";
}

enum courier_class courier_class_judge(CURLcode code, const struct courier_trace *trace)
{
    if (trace->is_answered)
        return COURIER_ANSWERED;
    /* A refused address does not count if another one of that host was tried: then its fault is what the attempt met.
     */
    if (trace->is_denied && !trace->was_opened)
        return COURIER_DENIED;
    if (trace->is_socket_failed && !trace->was_opened)
        return COURIER_INTERNAL;
    if (trace->is_head_too_large)
        return COURIER_TOO_LARGE;
    for (size_t i = 0; i < sizeof code_classes / sizeof code_classes[0]; i++) {
        if (code_classes[i].code == code)
            return code_classes[i].class;
    }
    /* curl takes a head that ends in the middle of a line for a whole one. */
    return code == CURLE_OK ? COURIER_RESET : COURIER_INTERNAL;
}

static bool has_passed(CURL *easy, CURLINFO info)
{
    curl_off_t time_us = 0;

    return curl_easy_getinfo(easy, info, &time_us) == CURLE_OK && time_us > 0;
}

/* curl gives the time of the connection only once the handshake is over too; its local port is known before. */
static bool is_connected(CURL *easy)
{
    long port = 0;

    return curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port) == CURLE_OK && port > 0;
}

static bool is_sent(CURL *easy, size_t body_bytes)
{
    curl_off_t sent_bytes = 0;

    return curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent_bytes) == CURLE_OK &&
           sent_bytes >= (curl_off_t)body_bytes;
}

enum courier_phase courier_class_get_phase(CURL *easy, const struct courier_trace *trace, size_t body_bytes)
{
    if (trace->is_answered)
        return COURIER_PHASE_BODY;
    if (has_passed(easy, CURLINFO_PRETRANSFER_TIME_T))
        return is_sent(easy, body_bytes) ? COURIER_PHASE_FIRST_BYTE : COURIER_PHASE_SEND;
    if (is_connected(easy))
        return COURIER_PHASE_TLS;
    return has_passed(easy, CURLINFO_NAMELOOKUP_TIME_T) ? COURIER_PHASE_CONNECT : COURIER_PHASE_DNS;
}

void courier_class_print_text(const char *text, char *buf, size_t buf_bytes)
{
    size_t len = 0;

    for (; text[len] != '\0' && len + 1 < buf_bytes; len++)
        buf[len] = text[len] >= 0x20 && text[len] < 0x7f ? text[len] : '?';
    buf[len] = '\0';
}
