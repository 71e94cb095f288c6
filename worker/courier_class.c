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
#define TRANSFER_ERROR(curl_code, class_id, name) {curl_code, COURIER_##class_id},
#include "transfer_errors.def"
#undef TRANSFER_ERROR
    {CURLE_OUT_OF_MEMORY, COURIER_TOO_LARGE}, /* before 8.6.0: one header line longer than curl takes */
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
