import { COLUMNS } from './order-cells';
import cells from './order-cells.module.css';
import row from './order-row.module.css';
import { HeaderRow } from './orders-grid';
import grid from './orders-grid.module.css';
import styles from './orders-skeleton.module.css';

const ROWS = Array.from({ length: 14 }, (_, index) => `row ${index}`);

/** The shape of what is coming. */
export function OrdersSkeleton() {
  return (
    <div className={grid.frame} aria-busy="true" aria-label="Loading the orders" role="status">
      <div className={grid.scroller} aria-hidden="true">
        <HeaderRow />
        <div className={`${grid.body} ${styles.rows}`}>
          {ROWS.map((name) => (
            <div key={name} className={`${row.row} ${styles.row}`}>
              {COLUMNS.map((column) => (
                <div key={column.name} className={`${cells.cell} ${cells[column.name]}`}>
                  <span className={styles.bar} />
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
