#!/bin/sh
# The clock of a site on one machine: every hour, and at hour {{ CME_NIGHTLY_HOUR }} of the container's time every night.
while true; do
    sh /openedx/cme/hourly.sh
    if [ "$(date +%-H)" = "{{ CME_NIGHTLY_HOUR }}" ]; then
        sh /openedx/cme/nightly.sh
    fi
    sleep 3600
done
