#!/bin/sh
# What no worker may have missed: deliveries that are due, exports that wait, endpoints that want a look.
./manage.py lms cme_deliver --once
./manage.py lms cme_export
./manage.py lms cme_deliver --alerts
