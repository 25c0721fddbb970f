// SPDX-License-Identifier: Apache-2.0
#include "http/outbound_client.h"
