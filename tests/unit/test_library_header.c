/* Compiles as C99 and as C++ with all warnings on: autohttp.h needs no other header, and its names fit both. */
#include "autohttp.h"

static void on_delivery(const autohttp_delivery_t *delivery, void *opaque)
{
    *(enum autohttp_rc *)opaque = autohttp_delivery_get_rc(delivery);
}

int main(void)
{
    enum autohttp_rc rc = AUTOHTTP_OK;
    autohttp_delivery_cb cb = on_delivery;

    return autohttp_publish(NULL, NULL, cb, &rc, NULL, 0) == AUTOHTTP_INVALID ? 0 : 1;
}
