/// PostgreSQL's texts of expressions, taken apart: those that it writes itself (`pg_get_expr` and
/// the like), whose operators all stand in parentheses, so that no precedence has to be known.
/// Pure; whatever is not understood exactly comes out as [Expr.Opaque].
@NullMarked
package dev.lockstep.policy.text;

import org.jspecify.annotations.NullMarked;
