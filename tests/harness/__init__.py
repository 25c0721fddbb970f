# SPDX-License-Identifier: Apache-2.0
"""What the black-box tests share: the service under test, raw HTTP, and a JWT reader."""
