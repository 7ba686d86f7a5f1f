#!/bin/sh
# One failing does not keep the others from being done; each says in the log what is wrong.
./manage.py lms cme_follow_up
./manage.py lms cme_currency
./manage.py lms cme_disclosures
./manage.py lms cme_participants
./manage.py lms cme_purge
./manage.py lms cme_verify
./manage.py lms cme_doctor
