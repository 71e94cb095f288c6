#include "admin_auth.h"

#include <openssl/crypto.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define SCHEME "Bearer "

bool admin_auth_is_allowed(const char *token, const char *authorization)
{
    const char *shown;
    size_t token_bytes;

    if (token == NULL)
        return true;
    if (authorization == NULL || strncasecmp(authorization, SCHEME, strlen(SCHEME)) != 0)
        return false;
    shown = authorization + strlen(SCHEME);
    shown += strspn(shown, " ");
    token_bytes = strlen(token);
    return strlen(shown) == token_bytes && CRYPTO_memcmp(shown, token, token_bytes) == 0;
}
