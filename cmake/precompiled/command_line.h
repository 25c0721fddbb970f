// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "library.h"

#include <CLI/CLI.hpp>
