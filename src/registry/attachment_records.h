// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/attachment.h"
#include "store/store.h"

// Where machines call from, as records under the attachment's claim: the store itself holds no
// claim twice. As strict as records.h.
namespace openimds {

inline constexpr std::string_view kAttachmentKind = "attachment";

Change RenderAttachment(const Attachment& attachment);
Result<Attachment> ParseAttachment(const Record& record);

}  // namespace openimds
