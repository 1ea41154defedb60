package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;

/// Changes of a table on which somebody's rights stand.
///
/// @param oid the very table
/// @param rows a change concerns the watcher when its old or its new image may satisfy this: when
///   the filter is true, or unknown because a column is absent from the image
public record Watch(TableName table, int oid, Filter rows) {}
