// SPDX-License-Identifier: Apache-2.0
#include "tokens/retry_pause.h"

#include <algorithm>
#include <random>

namespace openimds {

double RandomFraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

void RetryPause::Failed(SteadyTime now, std::chrono::seconds asked_for) {
  constexpr int kDoublings = 6;  // 2^6 s is over the longest pause
  const auto doubled = kFirst * (1 << std::min(failures_, kDoublings));
  ++failures_;
  const std::chrono::duration<double> spread =
      std::min(doubled, kLongest) * (0.5 + RandomFraction());
  const auto own = std::chrono::duration_cast<SteadyTime::duration>(spread);
  over_at_ = now + std::max<SteadyTime::duration>(own, asked_for);
}

std::chrono::seconds RetryPause::Left(SteadyTime now) const {
  const auto left = std::chrono::ceil<std::chrono::seconds>(over_at_ - now);
  return std::max(left, std::chrono::seconds{1});
}

}  // namespace openimds
