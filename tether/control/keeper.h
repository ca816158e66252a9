#pragma once
// Keeper: a small process that holds what a descriptor of another process referred to before it was replaced, so that
// it can be given back later, when the tether that replaced it is long gone.
//
// One for each open file description that is kept. It waits for the end of the process that it keeps for, and then
// ends; sooner when what it keeps is given back. As long as it lives a kept pipe or connection stays open and a kept
// file that was removed keeps its space, since that is what keeping means.
//
//   const Kept kept = TETHER_TRY(keep(pid, copy.get()));
//   image.keeper = kept.keeper, image.kept_as = kept.fd;                  // for the journal
//   …
//   UniqueFd former = TETHER_TRY(take_kept(image));

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/control/change.h"

namespace tether {

struct Kept {
  Pid keeper;
  Fd fd;
};

/// Starts a keeper of the description behind `ours` for the process. It is a child of init, in a session of its own.
/// Errors: Io (fork), TraceeGone.
Result<Kept> keep(Pid process, int ours);

/// A descriptor of ours for what is kept. NotFound if nothing is, or if its keeper has ended.
Result<UniqueFd> take_kept(const DescriptorImage& image);

/// Ends the keeper, if there is one and it is still the one that the image means.
void release_kept(const DescriptorImage& image);

}  // namespace tether
