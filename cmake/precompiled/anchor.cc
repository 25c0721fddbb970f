// SPDX-License-Identifier: Apache-2.0
// Only there so that a library can carry the precompiled header.
