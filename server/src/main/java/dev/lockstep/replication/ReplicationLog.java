package dev.lockstep.replication;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the reader's life to the log.
public final class ReplicationLog implements Consumer<ReplicationEvent> {
    private static final Logger LOG = LoggerFactory.getLogger(SlotReader.class);

    @Override
    public void accept(ReplicationEvent event) {
        switch (event) {
            case ReplicationEvent.Resumed(var slot, var epoch, var from) ->
                    LOG.atInfo()
                            .addKeyValue("slot", slot)
                            .addKeyValue("epoch", epoch)
                            .addKeyValue("lsn", from)
                            .log("replication runs");
            case ReplicationEvent.Interrupted(var slot, var reason, var wait) ->
                    LOG.atWarn()
                            .addKeyValue("slot", slot)
                            .addKeyValue("reason", reason)
                            .addKeyValue("wait", wait)
                            .log("replication interrupted, trying again");
            case ReplicationEvent.SlotCreated(var slot) ->
                    LOG.atInfo().addKeyValue("slot", slot).log("replication slot created");
            case ReplicationEvent.SlotLost(var slot, var reason) ->
                    LOG.atError()
                            .addKeyValue("slot", slot)
                            .addKeyValue("reason", reason)
                            .log("replication slot lost, every client loads afresh");
            case ReplicationEvent.SlotBusy(var slot, var pid, var wait) ->
                    LOG.atWarn()
                            .addKeyValue("slot", slot)
                            .addKeyValue("pid", pid)
                            .addKeyValue("wait", wait)
                            .log("replication slot is read by another process, trying again");
            case ReplicationEvent.SlotForeign(var slot, var problem, var wait) ->
                    LOG.atError()
                            .addKeyValue("slot", slot)
                            .addKeyValue("reason", problem)
                            .addKeyValue("wait", wait)
                            .log("replication slot is not ours: drop it or name another");
            case ReplicationEvent.PublicationMissing(var names, var remedy) ->
                    LOG.atError()
                            .addKeyValue("publications", names)
                            .addKeyValue("remedy", remedy)
                            .log("publication missing, nothing can be read until it exists");
            case ReplicationEvent.CatalogueBehind(var reason) ->
                    LOG.atWarn()
                            .addKeyValue("reason", reason)
                            .log("catalogue could not be read after a table changed");
            case ReplicationEvent.Stumbled(var slot, var cause, var wait) ->
                    LOG.atError()
                            .addKeyValue("slot", slot)
                            .addKeyValue("wait", wait)
                            .setCause(cause)
                            .log("replication failed, trying again");
            case ReplicationEvent.Failed(var slot, var cause) ->
                    LOG.atError()
                            .addKeyValue("slot", slot)
                            .setCause(cause)
                            .log("replication reader died");
        }
    }
}
